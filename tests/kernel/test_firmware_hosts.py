"""Computers without an operating system know boot keyboards alone: the key is none, and types nothing there.

docs/decisions/typing.md says why. The tests of a boot keyboard without a report ID run on a key
whose boot.py was changed for it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.kernel.guest import COUNTED, Guest
from tests.support.cases import CODES
from tests.support.desk import Desk, code_at
from totpkey.install.drive import drive_folder
from totpkey_protocol import storage
from totpkey_virtual.chip.key import ChipKey

pytestmark = [pytest.mark.needs("kernel"), pytest.mark.chip]

_OVMF = Path("/usr/share/OVMF")
_GRUB = Path("/usr/lib/grub/i386-pc")
_QEMU = (
    *("setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64"),
    *("-M", "q35", "-accel", "tcg", "-m", "256", "-nodefaults", "-display", "none", "-vga", "std"),
)
#: GRUB says what it does on the serial port, and hears the keyboards that the BIOS knows.
_GRUB_SETTINGS = "serial --unit=0\nterminal_output serial\nterminal_input console\n"
_GRUB_MODULES = ("biosdisk", "serial", "terminal", "part_msdos", "fat")
#: What SeaBIOS says of the devices that it finds, in the computer's folder.
BIOS_LOG = "bios"
#: How long the key takes from power to USB, in s, and a bit more.
_KEY_STARTS = 2.5
#: How a terminal is told where and in which colour to write (ECMA-48).
_CONTROL = re.compile(r"\x1b\[[0-9;?=]*[A-Za-z]")


@dataclass(frozen=True)
class Kind:
    """A kind of such computers: what it needs, how it is started, and its prompt."""

    needs: dict[Path, str]
    command: Callable[[Path], Sequence[str]]
    prompt: str

    def missing(self) -> str:
        """Why there is none here; "" if there can be."""
        absent = sorted({package for path, package in self.needs.items() if not path.exists()})
        absent += [] if shutil.which("qemu-system-x86_64") else ["qemu-system-x86"]
        return f"not installed: {' '.join(absent)}" if absent else ""


def _uefi(folder: Path) -> Sequence[str]:
    flash = "if=pflash,format=raw,unit={},file={}"
    code, settings = _OVMF / "OVMF_CODE_4M.fd", folder / "settings.fd"
    shutil.copy(_OVMF / "OVMF_VARS_4M.fd", settings)
    return (*_QEMU, "-drive", flash.format(0, code) + ",readonly=on", "-drive", flash.format(1, settings))


def _grub(folder: Path) -> Sequence[str]:
    """GRUB without a configuration, which ends at its rescue prompt."""
    early, core, disk = (folder / name for name in ("early.cfg", "core.img", "disk.img"))
    early.write_text(_GRUB_SETTINGS)
    made = ("grub-mkimage", "-O", "i386-pc", "-p", "/", "-c", str(early), "-o", str(core))
    subprocess.run([*made, *_GRUB_MODULES], check=True)
    whole = (_GRUB / "boot.img").read_bytes() + core.read_bytes()
    disk.write_bytes(whole.ljust(2 << 20, b"\0"))
    drive = f"file={disk},format=raw,if=none,id=disk"
    # SeaBIOS writes there what it finds.
    debug = ("-chardev", f"file,id=debug,path={folder / BIOS_LOG}", "-device")
    return (
        *_QEMU,
        "-drive",
        drive,
        "-device",
        "ide-hd,drive=disk",
        *debug,
        "isa-debugcon,iobase=0x402,chardev=debug",
    )


KINDS = {
    "UEFI": Kind({_OVMF / "OVMF_CODE_4M.fd": "ovmf"}, _uefi, "Shell> "),
    "BIOS": Kind(
        {_GRUB / "boot.img": "grub-pc-bin", Path("/usr/bin/grub-mkimage"): "grub-common"},
        _grub,
        "grub rescue> ",
    ),
}


class _Computer(Guest):
    """One that also writes to its second serial port, and stops if nobody reads there."""

    def turn(self) -> None:
        with suppress(BlockingIOError):
            self.serial.recv(65536)
        super().turn()


class Prompt:
    """One of these computers, with the key in it."""

    def __init__(self, kind: Kind, folder: Path, key: ChipKey) -> None:
        self._kind = kind
        self.computer = _Computer(folder, key, kind.command(folder))

    def boot(self) -> None:
        """Plug the key in, start the computer once more, and wait for the prompt.

        A BIOS looks for keyboards once, when it starts, and this one starts before the key is ready.
        """
        self.computer.plug()
        self.computer.let_pass(_KEY_STARTS)
        self.computer.reset()
        assert self.computer.wait_until(lambda: self._kind.prompt in self._shown()), self._shown()[-500:]

    def typed(self) -> str:
        """What is on the line of the prompt."""
        return self._shown().rpartition(self._kind.prompt)[2]

    def enter(self) -> None:
        """End the line by the computer's own keyboard, and wait for the next one."""
        lines = self._shown().count(self._kind.prompt)
        self.computer.send_key("ret")
        assert self.computer.wait_until(lambda: self._shown().count(self._kind.prompt) > lines), (
            self._shown()[-500:]
        )

    def _shown(self) -> str:
        return _CONTROL.sub("", self.computer.heard.decode(errors="replace"))


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
    desk.provision(COUNTED)
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
    for number in range(CODES):
        assert _press(prompt) == code_at(replace(COUNTED, counter=number), 0)
        prompt.enter()
        prompt.computer.let_pass(_READY)


def test_seabios_would_not_take_it_even_so(start: Start, as_boot_keyboard: Path, tmp_path: Path) -> None:
    """Of boot keyboards it wants packets of 8 to 16 bytes, and CircuitPython's end points have 64."""
    prompt = start("BIOS", as_boot_keyboard)
    assert "USB keyboard wMaxPacketSize=64; aborting" in (tmp_path / BIOS_LOG).read_text()
    assert _press(prompt) == ""
