"""Setting the clock in the key's own time, without waiting."""

from __future__ import annotations

import pytest

from tests.support.desk import AMAZON, Desk
from totpkey.clock import host_clock
from totpkey.clock.phrases import offset as in_words
from totpkey.clock.synchronise import GOAL, Offset, measure, synchronise
from totpkey.errors import HostClockWrong
from totpkey.link.client import KeyClient
from totpkey.link.conversation import Touch
from totpkey_protocol.words import LOST, TRUSTED

pytestmark = pytest.mark.simulator_only(reason="test_clock_chips.py synchronises one on the chip")


def after_a_while(desk: Desk) -> KeyClient:
    """A client of the key in setup again, and a person who makes the gesture after 12 s."""

    def obey(touch: Touch) -> None:
        if touch.begins:
            desk.key.run(12.3)
        desk.obey(touch)

    desk.replug_for_setup()
    return desk.client(obey)


def synchronised(desk: Desk, client: KeyClient) -> Offset:
    return synchronise(client, lambda: desk.key.true_time, desk.key.run)


def ahead(desk: Desk) -> float:
    """How far the clock chip itself is ahead, in seconds."""
    return desk.key.clock.unix_time - desk.key.true_time


def test_the_clock_s_second_begins_on_the_host_s(desk: Desk) -> None:
    with desk.client() as client:
        left = synchronised(desk, client)
    assert abs(ahead(desk)) < 0.01
    assert left.seconds == pytest.approx(ahead(desk), abs=0.01)


@pytest.mark.parametrize("off", [-240.0, -2.3, 0.7, 3600.0])
def test_a_clock_that_is_off_is_put_right(desk: Desk, off: float) -> None:
    with desk.client() as client:
        synchronised(desk, client)
        client.add(AMAZON)
        desk.key.clock.set_unix(desk.key.true_time + off)
    with after_a_while(desk) as client:
        assert measure(client, lambda: desk.key.true_time).seconds == pytest.approx(off, abs=0.05)
        synchronised(desk, client)
    assert abs(ahead(desk)) < 0.01


def test_a_clock_from_before_it_was_first_set_has_lost_its_time_and_is_put_right(desk: Desk) -> None:
    """No code was given yet: the first setting alone tells that this time is over."""
    with desk.client() as client:
        synchronised(desk, client)
        client.add(AMAZON)
        desk.key.clock.set_unix(desk.key.true_time - 86400)
    with after_a_while(desk) as client:
        assert client.clock().clock == LOST
        synchronised(desk, client)
        assert client.clock().clock == TRUSTED
    assert abs(ahead(desk)) < 0.01


def test_a_computer_that_misses_each_second_says_how_inexact_it_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_clock, "status", lambda: host_clock.SYNCHRONISED)
    with desk.client() as client:
        left = synchronise(client, lambda: desk.key.true_time, lambda seconds: desk.key.run(seconds + 0.3))
        assert GOAL < abs(left.seconds) < client.clock().off / 1000


@pytest.mark.parametrize("time", [0.0, 1_700_000_000.0, 5_000_000_000.0])
def test_a_computer_without_the_time_sets_no_clock(desk: Desk, time: float) -> None:
    with desk.client() as client, pytest.raises(HostClockWrong):
        synchronise(client, lambda: time, desk.key.run)
    assert desk.key.clock.has_lost_time


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0301, "in step with this computer (within 31 ms)"),
        (-0.4, "0.4 s behind this computer"),
        (75.9, "1 min 15 s ahead of this computer"),
        (-7260, "2 h 1 min behind this computer"),
        (90000, "1 d 1 h ahead of this computer"),
    ],
)
def test_an_offset_in_words(seconds: float, words: str) -> None:
    assert in_words(Offset(seconds, 0.001)) == words
