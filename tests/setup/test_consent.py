"""A touch is for one command, which was asked for before it, in the state in which it was asked for."""

from __future__ import annotations

import pytest

from tests.support.cases import sampled
from tests.support.consent import make
from tests.support.desk import AMAZON, DERIVED, Desk
from tests.support.records import message
from totpkey.link.client import KeyClient
from totpkey.link.replies import Locking
from totpkey_protocol import errors, limits, words

PIN = "2580"
EXPORT: dict[str, str | int] = {"derived": DERIVED.hex(), "start": 0}


def said(desk: Desk, seconds: float = 0.3) -> list[dict[str, object]]:
    """What the key says within that time."""
    desk.key.run(seconds)
    return [message(line) for line in desk.key.read_serial().splitlines() if line]


def with_a_lock(desk: Desk, client: KeyClient, idle: int) -> None:
    client.set_time(round(desk.key.true_time))
    client.add(AMAZON)
    client.set_pin(PIN)
    client.set_locking(Locking(idle, False))


def test_what_was_asked_of_an_open_key_is_not_done_by_a_locked_one(desk: Desk) -> None:
    with desk.client() as client:
        with_a_lock(desk, client, idle=5)
        for name, given in (
            ("set_limit", {"limit": 0}),
            ("export", EXPORT),
            ("sample", {"text": "digits", "mode": words.KEYPAD, "pace": 0, "table": ""}),
        ):
            before = len(desk.key.usb.reports)
            client.send(name, **given)
            messages = said(desk, 7)
            assert messages[0]["notice"] == "touch"
            assert messages[-1]["error"] == errors.NOT_ALLOWED
            make(desk.key, str(messages[0]["gesture"]))
            assert said(desk, 0.5) == []
            assert desk.reports_since(before) == []
            assert client.hello().state == words.LOCKED
            # An entry that is left alone is forgotten.
            desk.key.run(16)
            client.unlock_pin(PIN)


@pytest.mark.simulator_only(reason="ten minutes of device time are too long on the emulated chip")
@pytest.mark.parametrize("phase", sampled(range(4), [1]))
def test_a_key_that_is_due_to_lock_itself_as_setup_ends_is_locked_then(desk: Desk, phase: int) -> None:
    """Whether the lock has its turn before the session differs by the millisecond."""
    with desk.client() as client:
        with_a_lock(desk, client, idle=limits.SETUP_IDLE)
        desk.key.run(phase * 0.002)
        client.hello()
    desk.key.run(limits.SETUP_IDLE - 1)
    desk.await_face(serial=False)
    desk.settle()
    desk.away_from_the_boundary(AMAZON)
    assert desk.press() == ""


@pytest.mark.slow
@pytest.mark.simulator_only(reason="an hour of device time is too long on the emulated chip")
def test_a_program_that_keeps_talking_keeps_setup_and_an_open_key_for_an_hour(desk: Desk) -> None:
    with desk.client() as client:
        with_a_lock(desk, client, idle=400)
        opened = desk.key.true_time
        while (shown := desk.key.usb.enumeration) and shown.has_serial:
            assert desk.key.true_time - opened < 2 * limits.SETUP_UNTOUCHED
            assert client.hello().state == words.OPEN
            desk.key.run(30)
    assert desk.key.true_time - opened == pytest.approx(limits.SETUP_UNTOUCHED, abs=40)
    desk.settle()
    desk.away_from_the_boundary(AMAZON)
    assert desk.press() == ""
