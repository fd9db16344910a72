"""Computers without an operating system know boot keyboards alone: the key is none, and types nothing there.

docs/decisions/0010-boot-keyboard.md says why. The tests of a boot keyboard without a report ID run on a key
whose boot.py was changed for it.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyotp
import pytest

from tests.kernel.firmware_hosts import BIOS_LOG, KINDS, Prompt
from tests.support.cases import CODES
from tests.support.desk import Desk
from totpkey.accounts.account import Account
from totpkey.install.drive import drive_folder
from totpkey_protocol import storage
from totpkey_protocol.words import HOTP
from totpkey_readers.records import base32
from totpkey_virtual.chip.key import ChipKey

pytestmark = [pytest.mark.needs("kernel"), pytest.mark.chip]

ACCOUNT = Account("Firmware", "me", base32.decode("JBSWY3DPEHPK3PXPGEZDGNBV"), type=HOTP)
#: The boot keyboard of HID 1.11 appendix B.1, except that its keys go up to 255, as CircuitPython's.
_DESCRIPTOR = (
    "05010906a101050719e029e71500250175019508810295017508810195057501050819012905910295017503910195067508"
    "150026ff000507190029ff8100c0"
)
#: The end of boot.py, for an everyday key.
_BOOT_KEYBOARD = f"""else:
    keyboard = usb_hid.Device(
        report_descriptor=bytes.fromhex("{_DESCRIPTOR}"),
        usage_page=1, usage=6, report_ids=(0,), in_report_lengths=(8,), out_report_lengths=(1,),
    )
    usb_hid.enable((keyboard,), boot_device=1)
"""
#: Presses where nothing comes.
_PRESSES = 5
#: In seconds of the key: a press, what it takes to type, and until it is ready again.
_PRESS, _TYPED, _READY = 0.1, 2.0, 1.0

Start = Callable[[str, Path], Prompt]


def _key(image: Path, drive: Path) -> ChipKey:
    """An everyday key with one account, not plugged in."""
    key = ChipKey(image, drive, start_time=time.time(), alone=storage.FILES)
    desk = Desk(key)
    desk.provision(ACCOUNT)
    key.unplug()
    return key


@pytest.fixture
def start(image: Path, tmp_path: Path) -> Iterator[Start]:
    """Start such a computer of one kind, with a key in it that has this drive."""
    started: list[Prompt] = []

    def start(kind: str, drive: Path) -> Prompt:
        if why := KINDS[kind].missing():
            pytest.skip(why)
        prompt = Prompt(KINDS[kind], tmp_path, _key(image, drive))
        started.append(prompt)
        prompt.boot()
        return prompt

    yield start
    for prompt in started:
        prompt.computer.close()


def _press(prompt: Prompt) -> str:
    computer = prompt.computer
    computer.key.set_button(True)
    computer.let_pass(_PRESS)
    computer.key.set_button(False)
    computer.let_pass(_TYPED)
    return prompt.typed()


@pytest.mark.parametrize("kind", KINDS)
def test_the_key_types_nothing_there(start: Start, kind: str) -> None:
    prompt = start(kind, drive_folder())
    for _ in range(_PRESSES):
        assert _press(prompt) == ""


@pytest.fixture
def as_boot_keyboard(tmp_path: Path) -> Path:
    """The drive of a key that is a boot keyboard."""
    drive = tmp_path / "drive"
    shutil.copytree(drive_folder(), drive)
    boot = drive / "boot.py"
    boot.write_text(boot.read_text(encoding="utf-8").rstrip() + "\n" + _BOOT_KEYBOARD, encoding="utf-8")
    return drive


def test_uefi_would_get_right_codes_from_a_boot_keyboard(start: Start, as_boot_keyboard: Path) -> None:
    prompt = start("UEFI", as_boot_keyboard)
    prompt.computer.let_pass(_READY)
    counted = pyotp.HOTP(base32.encode(ACCOUNT.secret))
    for number in range(CODES):
        assert _press(prompt) == counted.at(number)
        prompt.enter()
        prompt.computer.let_pass(_READY)


def test_seabios_would_not_take_it_even_so(start: Start, as_boot_keyboard: Path, tmp_path: Path) -> None:
    """Of boot keyboards it wants packets of 8 to 16 bytes, and CircuitPython's end points have 64."""
    prompt = start("BIOS", as_boot_keyboard)
    assert "USB keyboard wMaxPacketSize=64; aborting" in (tmp_path / BIOS_LOG).read_text()
    assert _press(prompt) == ""
