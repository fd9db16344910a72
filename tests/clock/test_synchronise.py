"""Setting the clock in the key's own time, without waiting."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.consent import make
from totpkey.accounts.account import Account
from totpkey.cli.simulation.direct import DirectTransport
from totpkey.clock.phrases import offset as in_words
from totpkey.clock.synchronise import Offset, measure, synchronise
from totpkey.errors import HostClockWrong
from totpkey.install.drive import drive_folder
from totpkey.link.client import KeyClient
from totpkey.link.conversation import Touch
from totpkey_protocol import limits
from totpkey_protocol.words import LOST, TRUSTED
from totpkey_virtual.simulator import SimulatedKey

ACCOUNT = Account("", "me", b"12345678901234567890")


@pytest.fixture
def key() -> Iterator[SimulatedKey]:
    key = SimulatedKey(drive_folder(), unix_time=1_800_000_000.4)
    key.plug()
    assert key.run_until(lambda: key.usb.enumeration is not None)
    yield key
    key.unplug()


def open_client(key: SimulatedKey, rest: float = 0) -> KeyClient:
    """A client in the key's world, and a person who makes the gesture after `rest` seconds."""

    def press(touch: Touch) -> None:
        if touch.begins:
            key.run(limits.ANNOUNCED + 0.1 + rest)
            make(key, touch.gesture, touch.hold)

    return KeyClient(
        DirectTransport(key), press, now=lambda: key.true_time, ticks=lambda: key.uptime_ms / 1000
    )


def synchronised(key: SimulatedKey, client: KeyClient) -> Offset:
    return synchronise(client, lambda: key.true_time, key.run)


def ahead(key: SimulatedKey) -> float:
    """How far the clock chip itself is ahead, in seconds."""
    return key.clock.unix_time - key.true_time


def test_the_clock_s_second_begins_on_the_host_s(key: SimulatedKey) -> None:
    with open_client(key) as client:
        left = synchronised(key, client)
    assert abs(ahead(key)) < 0.01
    assert left.seconds == pytest.approx(ahead(key), abs=0.01)


@pytest.mark.parametrize("off", [-240.0, -2.3, 0.7, 3600.0])
def test_a_clock_that_is_off_is_put_right(key: SimulatedKey, off: float) -> None:
    with open_client(key) as client:
        synchronised(key, client)
        client.add(ACCOUNT)
        key.clock.set_unix(key.true_time + off)
    replug(key)
    with open_client(key, rest=12.3) as client:
        assert measure(client, lambda: key.true_time).seconds == pytest.approx(off, abs=0.05)
        synchronised(key, client)
    assert abs(ahead(key)) < 0.01


def test_a_clock_from_before_it_was_first_set_has_lost_its_time_and_is_put_right(key: SimulatedKey) -> None:
    """No code was given yet: the first setting alone tells that this time is over."""
    with open_client(key) as client:
        synchronised(key, client)
        client.add(ACCOUNT)
        key.clock.set_unix(key.true_time - 86400)
    replug(key)
    with open_client(key, rest=12.3) as client:
        assert client.clock().clock == LOST
        synchronised(key, client)
        assert client.clock().clock == TRUSTED
    assert abs(ahead(key)) < 0.01


@pytest.mark.parametrize("time", [0.0, 1_700_000_000.0, 5_000_000_000.0])
def test_a_computer_without_the_time_sets_no_clock(key: SimulatedKey, time: float) -> None:
    with open_client(key) as client, pytest.raises(HostClockWrong):
        synchronise(client, lambda: time, key.run)
    assert key.clock.has_lost_time


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


def replug(key: SimulatedKey) -> None:
    """Unplug a key, bring it into setup again, and let it see its clock chip's second change."""
    key.unplug()
    key.plug()
    assert key.run_until(lambda: key.usb.enumeration is not None)
    key.press(3.2)
    assert key.run_until(lambda: key.usb.enumeration is not None and key.usb.enumeration.has_serial)
    key.run(1.5)
