"""A whole key with an element at its pins: set up, locked, opened with its button, and set up again."""

from __future__ import annotations

import pytest

from tests.element.conftest import MakeKey
from tests.support.desk import AMAZON, DERIVED, Desk, refused
from totpkey.install.drive import drive_folder
from totpkey_firmware.element.factory import PAIRINGS
from totpkey_protocol import errors, limits, words
from totpkey_virtual.secure_element import Memory, SecureElement

PIN, WRONG_PIN, OTHER_PIN = "2580", "1111", "1212"
#: From the end of the entry to open, in ms: 1500, or 2000 where its session is not ready by then. The first
#: time the element is taken into use.
OPENS, TAKES = 2200, 14_000


@pytest.fixture
def desk(make: MakeKey) -> Desk:
    """A desk with a new key that has an element."""
    memory = Memory(PAIRINGS[0][1])
    return Desk(make(drive_folder(), lambda now: SecureElement(now, memory)))


def set_up(desk: Desk) -> None:
    """With a PIN and a passphrase; then the PIN is entered once."""
    with desk.until_done(desk.first_set_up()) as client:
        client.add(AMAZON)
        client.set_passphrase(DERIVED, bytes(16), 65536, 3, 1)
        client.set_pin(PIN)
        slots = client.slots()
        assert (slots.element, slots.with_element) == (True, False)
    enter_for_the_first_time(desk, PIN)


def enter_for_the_first_time(desk: Desk, pin: str) -> None:
    desk.replug()
    desk.enter_pin(pin)
    desk.key.run(TAKES / 1000 - 2.5)
    desk.expect_code(AMAZON)


def connect(desk: Desk, connected: bool) -> None:
    """Wire the element, or take it away. It is another object after each step that was remembered."""
    assert desk.key.element is not None
    desk.key.element.connected = connected


def enter_setup(desk: Desk, pin: str) -> None:
    """From an open key: hold, then the PIN."""
    desk.key.press(3.3)
    desk.key.run(0.5)
    assert desk.press() == ""
    desk.key.run(15)
    desk.enter_pin(pin)
    desk.await_face(serial=True)


def test_a_life(desk: Desk) -> None:
    set_up(desk)
    desk.replug()
    assert 900 < desk.opening(PIN) <= OPENS
    desk.expect_code(AMAZON)
    desk.replug()
    desk.enter_pin(WRONG_PIN)
    enter_setup(desk, PIN)
    with desk.until_done(desk.client()) as client:
        assert client.hello().state == words.OPEN
        slots = client.slots()
        assert (slots.element, slots.with_element, slots.tries) == (True, True, limits.TRIES)
        client.set_pin(OTHER_PIN)
        assert not client.slots().with_element
    enter_for_the_first_time(desk, OTHER_PIN)
    desk.replug()
    desk.enter_pin(PIN)
    assert desk.press() == ""
    # That was the first press of a digit.
    desk.key.run(16)
    desk.enter_pin(OTHER_PIN)
    desk.expect_code(AMAZON)


def test_an_element_that_is_gone(desk: Desk) -> None:
    set_up(desk)
    connect(desk, False)
    desk.replug()
    desk.enter_pin(PIN)
    desk.key.press(3.3)
    desk.key.run(0.5)
    desk.key.press(3.3)
    desk.await_face(serial=True)
    with desk.client() as client:
        slots = client.slots()
        assert (slots.element, slots.with_element, slots.tries) == (False, True, limits.TRIES)
        with refused(errors.NO_ELEMENT):
            client.unlock_pin(PIN)
        assert client.slots().tries == limits.TRIES
        client.unlock_passphrase(DERIVED)
    connect(desk, True)
    desk.replug()
    desk.enter_pin(PIN)
    desk.expect_code(AMAZON)


def test_the_light_and_the_button_go_on_while_the_session_is_opened(desk: Desk) -> None:
    """A digit is complete, and shows, long before the session can be open; and all presses are counted."""
    set_up(desk)
    desk.replug()
    lights = set()
    for _ in range(int(PIN[0])):
        desk.key.press(0.06)
        desk.key.run(0.1)
    for _ in range(150):
        desk.key.run(0.01)
        lights.add(desk.key.light)
    # The chip's board has a plain LED: it is on for the digit.
    assert any(blue and not red and not green for red, green, blue in lights) or len(lights) == 2
    desk.enter_pin(PIN[1:])
    desk.expect_code(AMAZON)
