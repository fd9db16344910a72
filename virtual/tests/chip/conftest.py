"""Fixtures: keys on the emulated chip that run small drives, for the emulation's own tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from totpkey_virtual.chip.images import images

if TYPE_CHECKING:
    from totpkey_virtual.chip.key import ChipKey

#: boot.py of a key that is only a keyboard, and of one with a serial port.
EVERYDAY = """
import storage, usb_cdc, usb_hid, usb_midi
storage.disable_usb_drive()
usb_cdc.disable()
usb_midi.disable()
usb_hid.enable((usb_hid.Device.KEYBOARD,))
"""
SETUP = EVERYDAY + "usb_cdc.enable(console=False, data=True)\n"
#: code.py that replies on the serial port: `say(value)` sends a line.
ANSWERING = """
import usb_cdc
def say(value):
    while not usb_cdc.data.connected:
        pass
    usb_cdc.data.write(repr(value).encode() + b"\\n")
"""


class MakeKey(Protocol):
    def __call__(
        self, code: str, boot: str = ..., files: dict[str, bytes] | None = ..., **options: Any
    ) -> ChipKey: ...


@pytest.fixture(scope="session")
def neopixel_image(image: Path, as_keys_run_it: Callable[[Path], Path]) -> Path:
    """Return an image of a board whose light is a NeoPixel, or skip."""
    from totpkey_virtual.chip.key import Wiring
    from totpkey_volume.circuitpython import board_of
    from totpkey_volume.uf2 import flash_content

    for candidate in map(as_keys_run_it, images()):
        board = board_of(flash_content(candidate.read_bytes(), 16 * 1024 * 1024))
        if Wiring(board).has_neopixel:
            return candidate
    pytest.skip("no image of a board with a NeoPixel: add one to TOTPKEY_UF2")


@pytest.fixture
def make_key(image: Path, tmp_path: Path) -> Iterator[MakeKey]:
    """Yield a function that makes unplugged keys from boot.py, code.py and other files.

    Options are passed to ChipKey. `image` replaces the default image.
    """
    from totpkey_virtual.chip.key import ChipKey

    keys: list[ChipKey] = []

    def make(
        code: str, boot: str = EVERYDAY, files: dict[str, bytes] | None = None, **options: Any
    ) -> ChipKey:
        drive = tmp_path / f"drive{len(keys)}"
        contents = {"boot.py": boot.encode(), "code.py": code.encode(), **(files or {})}
        for name, content in contents.items():
            (drive / name).parent.mkdir(parents=True, exist_ok=True)
            (drive / name).write_bytes(content)
        keys.append(ChipKey(options.pop("image", image), drive, **options))
        return keys[-1]

    yield make
    for key in keys:
        if key.plugged:
            key.unplug()


def start(key: ChipKey) -> ChipKey:
    """Plug in the key and wait until the computer has configured it."""
    key.plug()
    assert key.run_until(lambda: key.usb.enumeration is not None)
    return key


def answers(key: ChipKey, count: int, limit: float = 10.0) -> list[str]:
    """Return the next `count` lines from the serial port, opening it if necessary."""
    key.open_serial()
    text = bytearray()

    def complete() -> bool:
        text.extend(key.read_serial())
        return text.count(b"\n") >= count

    assert key.run_until(complete, limit), bytes(text)
    return text.decode().splitlines()[:count]
