"""The driver on the key's own processor and SPI, with the virtual element at its pins."""

from __future__ import annotations

import ast
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.element.conftest import MakeKey
from tests.element.wires import a_key
from totpkey.install.drive import drive_folder
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


def mac(remote: Remote, data: bytes, slot: int = 0) -> object:
    return remote.ask(f"chip.mac_and_destroy({slot}, {data!r})")


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
