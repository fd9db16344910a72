"""Acts out README's "Build one": its commands, a folder as the board, and the resulting key.

Only manual actions and the terminal's prompts are left out.
"""

from __future__ import annotations

import contextlib
import io
import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from tests.install.boot_rom import FakeDrive
from tests.install.keys import installed
from totpkey.cli.root import run
from totpkey_virtual.computer import Computer
from totpkey_virtual.pty import SerialBridge
from totpkey_volume.flash_map import MB

README = Path(__file__).resolve().parents[2] / "README.md"
SECRET = b"12345678901234567890"
_BASE32 = "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"


@dataclass(frozen=True)
class Step:
    """A command from README, its exit code, and its output."""

    command: str
    code: int
    shown: str


def commands() -> list[str]:
    """Return the commands of README's section, without their comments."""
    section = README.read_text(encoding="utf-8").partition("## Build one\n")[2].partition("\n## ")[0]
    block = section.partition("```\n")[2].partition("```")[0]
    return [line.partition("  #")[0].strip() for line in block.splitlines() if line.startswith("totpkey ")]


class Story:
    """A person with README and a board in its boot loader."""

    def __init__(self, folder: Path, circuitpython: bytes) -> None:
        self._folder = folder
        (folder / "circuitpython.uf2").write_bytes(circuitpython)
        self.key = installed()
        self.key.wait_unplugged(time.time() - self.key.true_time)
        self.bridge = SerialBridge(self.key, folder / "port")

    def tell(self) -> Iterator[Step]:
        """Run each command. Afterwards the key is plugged in, in its everyday face."""
        with FakeDrive(self._folder / "RPI-RP2", b"\x00" * (2 * MB), self._restart):
            for command in commands():
                yield self._act(command)

    def press(self) -> str:
        """Wait until the key is a keyboard, press its button and return what it types."""
        key = self.key
        assert self.bridge.wait_until(lambda: key.usb.enumeration is not None and not self._has_serial())
        ready = key.uptime_ms + 3000
        assert self.bridge.wait_until(lambda: key.uptime_ms >= ready)
        with self.bridge.lock:
            left = 30 - key.true_time % 30
            if left < 3:
                key.run(left)
            computer = Computer(key)
            key.press()
            key.run(0.8)
            return computer.text.strip()

    def end(self) -> None:
        self.bridge.__exit__(None, None, None)
        self.key.unplug()

    def _restart(self, flash: bytes) -> None:
        self.key.flash = flash
        self.key.plug()
        self.bridge.__enter__()

    def _act(self, command: str) -> Step:
        """Run a command for this board and key. A secret is piped in, since a prompt needs a terminal."""
        words = shlex.split(command)[1:]
        if words[0] == "install":
            words += ["--to", str(self._folder / "RPI-RP2"), "--yes"]
        if words[0] == "add":
            words.append("--stdin")
        output = io.StringIO()
        places = mock.patch("sys.stdin", io.StringIO(_BASE32))
        with (
            places,
            contextlib.chdir(self._folder),
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(output),
        ):
            code = run(["--port", str(self.bridge.path), *words])
        shown = output.getvalue().replace(str(self._folder), "/media/you")
        return Step(command, code, shown)

    def _has_serial(self) -> bool:
        return self.key.usb.enumeration is not None and self.key.usb.enumeration.has_serial
