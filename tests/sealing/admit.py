"""Judges a CircuitPython image before keys run it, and writes its row of the table that releases are made by.

    python -m tests.sealing.admit IMAGE [--write]   (`make admit IMAGE=path` runs both, with tests between)

It looks for doors and not for listings: a new key with the image, sealed as far as places are found, is tried
on the emulated chip with its board's wiring. Of each door it says *sealed*, *has no such door*, or *open*;
the last is the end. An image that calls itself a version of the table, and is not that one, is not tried.
"""

from __future__ import annotations

import hashlib
import json
import struct
import sys
from collections.abc import Callable
from dataclasses import asdict
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.support.desk import AMAZON, CDC, HID, Desk
from tests.support.images import content_of, encoded, without_place
from tests.support.keys import MORNING
from totpkey.install import download
from totpkey.install.download import Known, Standing
from totpkey.install.drive import drive_folder
from totpkey.install.image import read_circuitpython
from totpkey.install.manifest import Interpreter
from totpkey.sealing import edits as sealing
from totpkey.sealing.edits import EDITS
from totpkey_protocol import storage
from totpkey_virtual.chip.key import ChipKey
from totpkey_volume.circuitpython import version_of
from virtual.tests.chip.conftest import SETUP

OPEN, SEALED, NO_SUCH_DOOR = "open", "sealed", "has no such door"
TO_CLASS, FROM_CLASS = 0x21, 0xA1
#: HID 1.11 section 7.2; CDC PSTN 1.2 section 6.3.
GET_REPORT, SET_REPORT, SET_LINE_CODING, SET_LINES = 0x01, 0x09, 0x20, 0x22
INPUT, OUTPUT, FEATURE = 1, 2, 3
DTR = 1
#: What the boot ROM calls itself.
BOOT_LOADER = "RP2 Boot"
#: A key without any wait is configured long before, one that waits for a person's reset long after, in ms.
_AT_ONCE = 700
_SENDING = """
import supervisor, usb_hid
while not supervisor.runtime.usb_connected:
    pass
while supervisor.runtime.usb_connected:
    pass
usb_hid.devices[0].send_report(bytes((0, 0, 0x1E, 0, 0, 0, 0, 0)))
"""


def new_desk(image: Path) -> Desk:
    """A new key, in setup."""
    desk = Desk(ChipKey(image, drive_folder(), start_time=MORNING, alone=storage.FILES))
    desk.plug_in()
    return desk


def chip(desk: Desk) -> ChipKey:
    assert isinstance(desk.key, ChipKey)
    return desk.key


def interface(key: ChipKey, usb_class: int) -> int:
    assert key.usb.enumeration
    return next(each.number for each in key.usb.enumeration.interfaces if each.usb_class == usb_class)


def is_in_boot_loader(key: ChipKey) -> bool:
    return key.usb.enumeration is not None and key.usb.enumeration.product == BOOT_LOADER


# Each door: whether it is open


def line_coding(desk: Desk) -> bool:
    """Speed, DTR on and DTR off, in each order, lead to the boot loader."""
    key = chip(desk)

    def send(request: int, value: int, data: bytes = b"") -> Callable[[], Any]:
        return lambda: key.control(TO_CLASS, request, value, interface(key, CDC), data, patience=0.1)

    speed = send(SET_LINE_CODING, 0, struct.pack("<IBBB", 1200, 0, 0, 8))
    dtr_on, dtr_off = send(SET_LINES, DTR), send(SET_LINES, 0)
    for order in permutations((speed, dtr_on, dtr_off)):
        for step in (*order, dtr_off):
            step()
            key.run(0.3)
            if key.usb.enumeration is None or is_in_boot_loader(key):
                return True
    return False


def safe_mode(desk: Desk) -> bool:
    """It waits for a second reset after power-on."""
    desk.provision(AMAZON)
    desk.key.unplug()
    desk.key.plug()
    assert desk.key.run_until(lambda: desk.key.usb.enumeration is not None, 5)
    return desk.key.uptime_ms >= _AT_ONCE


def double_reset(desk: Desk) -> bool:
    """By faults, which reset the chip as its pin does: 0.1 s apart they mean the boot loader."""
    desk.provision(AMAZON)
    for pause in (0.001, 0.05, 0.1, 0.15):
        desk.key.crash()
        desk.key.run(pause)
        desk.key.crash()
        assert desk.key.run_until(lambda: desk.key.usb.enumeration is not None, 5)
        if is_in_boot_loader(chip(desk)):
            return True
        desk.replug()
    return False


def wake_up(image: Path) -> bool:
    """A report for a computer that sleeps wakes it."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "boot.py").write_text(SETUP)
        (Path(folder) / "code.py").write_text(_SENDING)
        key = ChipKey(image, Path(folder))
    key.plug()
    assert key.run_until(lambda: key.usb.enumeration is not None)
    key.run(0.3)
    key.suspend()
    key.run(5)
    return key.wake_requests > 0


def get_report(desk: Desk) -> bool:
    """A reply is longer than id and report."""
    key, hid = chip(desk), interface(chip(desk), HID)
    replies = [
        key.control(FROM_CLASS, GET_REPORT, kind << 8 | 1, hid, length=length) or b""
        for kind in (INPUT, FEATURE)
        for length in (*range(70), 255, 1024, 0xFFFF)
    ]
    return max(map(len, replies)) > 9


def set_report(desk: Desk) -> bool:
    """A report without an id crashes the key."""
    desk.provision(AMAZON)
    key = chip(desk)
    for data in (b"", bytes(1), bytes(2), bytes(8), bytes(64)):
        for kind in (OUTPUT, FEATURE):
            key.control(TO_CLASS, SET_REPORT, kind << 8, interface(key, HID), data=data, patience=0.05)
            key.run(0.2)
            if key.usb.enumeration is None:
                return True
    return False


def vendor_request(desk: Desk) -> bool:
    """The SDK's own way to the boot loader (pico/usb_reset_interface.h), which no edit closes."""
    key = chip(desk)
    for kind in (0x40, 0x41, 0xC0, 0xC1):
        for request in (1, 2):
            for number in range(5):
                key.control(kind, request, 0, number, length=8 if kind & 0x80 else 0, patience=0.02)
                key.run(0.05)
                if key.usb.enumeration is None or is_in_boot_loader(key):
                    return True
    return False


DOORS = {
    "line-coding": line_coding,
    "safe-mode": safe_mode,
    "double-reset": double_reset,
    "get-report": get_report,
    "set-report": set_report,
    "vendor-request": vendor_request,
}
#: Those that no edit closes.
NO_EDITS = ("vendor-request",)


def judge(path: Path, tell: Callable[[str], None] = print) -> dict[str, str]:
    """What is said of each door, and of each edit that closes none."""
    content = content_of(path.read_bytes())
    missing = without_place(content)
    sealed = sealing.seal(content, missing)
    said = {"name": OPEN} if "name" in missing else {}
    with TemporaryDirectory() as folder:
        image = Path(folder) / path.name
        image.write_bytes(encoded(sealed))
        for name, is_open in DOORS.items():
            said[name] = OPEN if is_open(new_desk(image)) else SEALED
        said["wake-up"] = OPEN if wake_up(image) else SEALED
    without = {name for name in (*missing, *NO_EDITS) if said.get(name) == SEALED}
    said |= dict.fromkeys(without, NO_SUCH_DOOR)
    for name, word in said.items():
        tell(f"{name}: {word}")
    return said


def row(path: Path, absent: tuple[str, ...] = ()) -> tuple[str, Known]:
    """The board of an image, and its row."""
    board, content = read_circuitpython(path)
    kinds = Interpreter.of(content, absent)
    assert kinds.sealed
    version = ".".join(map(str, version_of(content) or ()))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    official = kinds.official
    return board, Known(version, digest, official.size, official.digest, kinds.sealed.digest, absent)


def write(board: str, known: Known, table: Path = download.TABLE) -> None:
    """Put a board's row into the table, in place of the one before."""
    text = table.read_text(encoding="utf-8")
    head = text[: text.index("\n[")]
    rows = download.rows(table) | {board: known}
    for name, each in sorted(rows.items()):
        # JSON's numbers, texts and lists are TOML's, too.
        fields = (f"{field} = {json.dumps(value)}\n" for field, value in asdict(each).items() if value)
        head += f"\n[{name}]\n{''.join(fields)}"
    table.write_text(head, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Return 0 if no door is open."""
    path = Path(arguments[0])
    board, content = read_circuitpython(path)
    print(f"CircuitPython for {board}: {download.standing(board, content).value}")
    said = judge(path)
    if opened := [name for name, word in said.items() if word == OPEN]:
        print(f"Not admitted: {', '.join(opened)}", file=sys.stderr)
        return 1
    absent = tuple(name for name in (edit.name for edit in EDITS) if said.get(name) == NO_SUCH_DOOR)
    if "--write" in arguments and download.standing(board, content) is not Standing.KNOWN:
        write(*row(path, absent))
        print(f"Written to {download.TABLE}. Compare its `file` with circuitpython.org's.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
