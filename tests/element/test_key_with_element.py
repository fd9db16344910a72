"""An element at a key's pins: its driver on the key's own processor and SPI, and a whole key's life with it.

The key is set up, locked, opened with its button, and set up again.
"""

from __future__ import annotations

import ast
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.element.conftest import MakeKey
from tests.element.wires import a_key
from tests.support.desk import AMAZON, DERIVED, Desk, refused
from totpkey.install.drive import drive_folder
from totpkey_firmware.element.factory import PAIRINGS
from totpkey_protocol import errors, limits, words
from totpkey_virtual.secure_element import Memory, SecureElement

ON_KEY = Path(__file__).parent / "on_key"


class Remote:
    """A key paired with an element, whose driver waits for expressions."""

    def __init__(self, make_key: MakeKey, folder: Path, with_element: bool = True) -> None:
        drive = shutil.copytree(drive_folder(), folder / "drive")
        shutil.copytree(ON_KEY, drive, dirs_exist_ok=True)
        shutil.copytree(ON_KEY, drive / "source", dirs_exist_ok=True)
        self.private, self.public = a_key()
        self.memory = Memory(self.public)
        self.key = make_key(drive, (lambda now: SecureElement(now, self.memory)) if with_element else None)
        self.plug()

    def plug(self) -> None:
        """Power up and wait until the driver is ready."""
        self.key.plug()
        assert self.key.run_until(lambda: self.key.usb.enumeration is not None, 20)
        self.key.open_serial()

    def ask(self, expression: str, limit: float = 20.0) -> Any:
        """Return the value of `expression` on the key, or None if the power fails."""
        self.key.write_serial(expression.encode() + b"\n")
        answer = bytearray()

        def complete() -> bool:
            if self.key.plugged:
                answer.extend(self.key.read_serial())
            return answer.endswith(b"\n") or not self.key.plugged

        assert self.key.run_until(complete, limit), expression
        return ast.literal_eval(answer.decode()) if answer else None

    @property
    def keys(self) -> tuple[bytes, bytes, bytes]:
        return self.private, self.public, self.memory.public

    def open(self) -> Any:
        return self.ask(f"open_session(*{self.keys!r}, {os.urandom(32)!r})")


STEPS = ("command taken", "slot 0 erased", "slot 0 written", "result ready")
#: What is sent to a slot, as the key writes it.
OLD, NEW, PROBE = (letter * 32 for letter in (b"o", b"n", b"p"))


@pytest.fixture
def remote(make: MakeKey, tmp_path: Path) -> Remote:
    return Remote(make, tmp_path)


def mac(remote: Remote, data: bytes) -> object:
    return remote.ask(f"chip.mac_and_destroy(0, {data!r})")


def test_a_session_and_its_end(remote: Remote) -> None:
    assert remote.ask("chip.answers()") is True
    assert remote.ask("chip.chip_id()") == remote.memory.chip_id
    assert remote.ask("chip.public_key()") == remote.memory.public
    assert remote.open() is None
    data = os.urandom(100)
    assert remote.ask(f"chip.ping({data!r})") == data
    assert len(remote.ask("chip.random(255)")) == 255
    mac(remote, OLD)
    expected = mac(remote, PROBE)
    assert mac(remote, PROBE) != expected
    mac(remote, OLD)
    assert mac(remote, PROBE) == expected
    # Whatever is wrong ends in a refusal, and the next session is sound.
    element = remote.key.element
    assert element is not None
    element.alarm = True
    assert remote.ask("chip.answers()") is False
    assert mac(remote, OLD) == ("ElementError", "session lost", 0)
    element.alarm, element.connected = False, False
    assert remote.ask("chip.answers()") is False
    assert remote.ask("chip.chip_id()") == ("ElementError", "no answer", 0)
    element.connected = True
    assert remote.open() is None
    assert remote.ask("chip.ping(b'!')") == b"!"


def test_it_is_spoken_to_in_mode_0_alone(remote: Remote) -> None:
    assert remote.ask("chip.answers()") is True
    # Private names are shortened on the chip.
    bus = "[part for part in wire.__dict__.values() if hasattr(part, 'configure')][0]"
    for mode in ("phase=1", "polarity=1", "polarity=1, phase=1"):
        assert remote.ask(f"{bus}.configure(baudrate=4000000, {mode})") is None
        assert remote.ask("chip.answers()") is False
    remote.ask(f"{bus}.configure(baudrate=4000000)")
    assert remote.ask("chip.answers()") is True


def test_without_an_element(make: MakeKey, tmp_path: Path) -> None:
    remote = Remote(make, tmp_path, with_element=False)
    assert remote.ask("chip.answers()") is False
    # A glance of a few milliseconds, of which a key without one would hardly know.
    assert remote.ask("timed(lambda: chip.answers())") < 10_000
    assert remote.open() == ("ElementError", "no answer", 0)


def test_the_key_is_its_own_every_few_milliseconds(remote: Remote) -> None:
    """While a session is opened: button, light and clock go on."""
    assert remote.ask(f"slices({remote.keys!r}, {os.urandom(32)!r})") <= 25


#: The chip goes through one of them: two starts and two sessions each.
ON_SIMULATOR = pytest.mark.simulator_only(reason="the chip has one cut within a command")


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(0, marks=ON_SIMULATOR),
        1,
        pytest.param(2, marks=ON_SIMULATOR),
        pytest.param(3, marks=ON_SIMULATOR),
    ],
)
def test_the_power_fails_within_a_command(remote: Remote, step: int) -> None:
    """The slot is as it was, erased, or new; a session opens afterwards, and the slot can be used."""
    remote.open()
    given = {}
    for content in (OLD, NEW):
        mac(remote, content)
        given[content] = mac(remote, PROBE)
    mac(remote, OLD)
    remote.memory.steps.clear()
    remote.memory.cut_at = step
    assert mac(remote, NEW) is None
    assert not remote.key.plugged
    assert remote.memory.steps[-1] == STEPS[step]
    remote.memory.cut_at = None
    remote.plug()
    assert remote.open() is None
    answer = mac(remote, PROBE)
    held = {0: given[OLD], 2: given[NEW], 3: given[NEW]}
    assert answer == held[step] if step in held else answer not in given.values()
    mac(remote, NEW)
    assert mac(remote, PROBE) == given[NEW]


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
    desk.hold_for_setup()
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


def test_an_entry_that_ends_while_the_session_is_opened_costs_no_try(desk: Desk) -> None:
    """It is ended afterwards, so that the next press begins the PIN."""
    set_up(desk)
    desk.replug()
    desk.key.press(0.06)
    desk.key.run(0.06)
    desk.key.press(0.85)
    # The chip needs six seconds for a session.
    desk.key.run(8)
    desk.enter_pin(PIN)
    desk.expect_code(AMAZON)
