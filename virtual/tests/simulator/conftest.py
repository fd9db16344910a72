"""Small drives for the simulator's own tests, and keys that run them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from totpkey_virtual.simulator import SimulatedKey

#: boot.py of a key that is only a keyboard and whose code may write to the drive.
EVERYDAY = """
import storage, usb_cdc, usb_midi
storage.disable_usb_drive()
usb_cdc.disable()
usb_midi.disable()
"""
#: boot.py of a key with a serial port.
SETUP = EVERYDAY + "usb_cdc.enable(console=False, data=True)\n"
#: code.py that does nothing.
FOREVER = "import time\nwhile True: time.sleep(1)\n"
#: A function that gives the lines that a code.py prints.
Printed = Callable[..., list[str]]


class MakeKey(Protocol):
    def __call__(
        self,
        code: str = "",
        boot: str = EVERYDAY,
        files: dict[str, str | bytes] | None = None,
        board: str = "adafruit_qt2040_trinkey",
    ) -> SimulatedKey: ...


@pytest.fixture
def drive(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a drive folder: boot.py, code.py and other files by path."""

    def write(code: str = "", boot: str = "", files: dict[str, str | bytes] | None = None) -> Path:
        folder = tmp_path / "drive"
        for name, content in ({"code.py": code, "boot.py": boot} | (files or {})).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    return write


@pytest.fixture
def make_key(drive: Callable[..., Path]) -> Iterator[MakeKey]:
    """Yield a function that makes a plugged key with such a drive, before its code.py begins."""
    made: list[SimulatedKey] = []

    def make(
        code: str = "",
        boot: str = EVERYDAY,
        files: dict[str, str | bytes] | None = None,
        board: str = "adafruit_qt2040_trinkey",
    ) -> SimulatedKey:
        key = SimulatedKey(drive(code, boot, files), board)
        key.plug()
        made.append(key)
        return key

    yield make
    for key in made:
        if key.plugged:
            key.unplug()


@pytest.fixture
def printed(make_key: MakeKey) -> Printed:
    """Return the lines that a code.py prints within `seconds` of device time after power-on."""

    def run(
        code: str, boot: str = EVERYDAY, seconds: float = 10, files: dict[str, str | bytes] | None = None
    ) -> list[str]:
        key = make_key("print('>>>')\n" + code, boot, files)
        key.run(seconds)
        return key.console.split(">>>\n", 1)[1].splitlines()

    return run


def plug_in(key: SimulatedKey) -> SimulatedKey:
    """Wait until the computer has configured the key."""
    assert key.run_until(lambda: key.usb.enumeration is not None)
    return key


def classes(key: SimulatedKey) -> list[int]:
    """What the computer sees of the key: the classes of its interfaces."""
    assert key.usb.enumeration is not None
    return [interface.usb_class for interface in key.usb.enumeration.interfaces]
