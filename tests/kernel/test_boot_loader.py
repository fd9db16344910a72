"""What picotool reads from a board in its boot loader, on a real kernel, is what `totpkey verify` reads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import linux_guest
from tests.kernel.guest import Guest
from totpkey import picoboot
from totpkey.install import image as images
from totpkey.install.drive import drive_files
from totpkey_virtual.chip.key import ChipKey
from totpkey_volume.circuitpython import DRIVE_START
from virtual.tests.chip.boot_loader import SELECT, plug_in_boot_loader
from virtual.tests.chip.usb_backend import ChipBackend

pytestmark = [pytest.mark.needs("kernel"), pytest.mark.chip]

#: From where to where in flash, in bytes: the beginning of CircuitPython, and of the drive.
RANGES = ((0, 0x8000), (DRIVE_START, DRIVE_START + 0x8000))


@pytest.fixture
def made(official_image: Path, tmp_path: Path) -> Path:
    """The image of a key."""
    if why := linux_guest.SYSTEM.missing():
        pytest.skip(why)
    board, content = images.read_circuitpython(official_image)
    path = tmp_path / "made.uf2"
    path.write_bytes(images.build(content, drive_files(), board))
    return path


@pytest.fixture
def computer(made: Path, tmp_path: Path) -> Iterator[Guest]:
    """It is up, and the board is in it in its boot loader."""
    computer = Guest(tmp_path, ChipKey(made, None))
    try:
        computer.boot()
        computer.plug()
        computer.key._running().qspi[SELECT].set_input_value(False)
        assert computer.wait_until(lambda: "RP2 Boot" in computer.run("cat /sys/bus/usb/devices/*/product"))
        # The interface that picotool talks to is there only once the kernel has configured the board.
        computer.await_file("/sys/bus/usb/devices/*:1.1")
        yield computer
    finally:
        computer.close()


def test_picotool_and_we_read_the_same(computer: Guest, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for start, end in RANGES:
        where = f"{0x10000000 + start:x} {0x10000000 + end:x}"
        told = computer.run(f"picotool save -r {where} /tmp/read.bin && sha256sum /tmp/read.bin")
        assert hashlib.sha256(ours(made, monkeypatch, start, end)).hexdigest() in told, told
    assert "CircuitPython" in computer.run("picotool info")


def ours(made: Path, monkeypatch: pytest.MonkeyPatch, start: int, end: int) -> bytes:
    """By our client, on a board of its own that got the same image."""
    plug_in_boot_loader(key := ChipKey(made, None))
    monkeypatch.setattr(picoboot, "_backend", lambda: ChipBackend(key))
    with picoboot.the_one() as board:
        return board.read(start, end - start)
