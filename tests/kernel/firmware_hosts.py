"""Computers without an operating system: UEFI's shell (OVMF), and GRUB on a BIOS (SeaBIOS).

Each shows on its serial port what its keyboards type.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.kernel.guest import Guest
from totpkey_virtual.chip.key import ChipKey

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
