"""Acts out README's "Build one": its commands, a folder as the board, and the resulting key.

Only manual actions and the terminal's prompts are left out.
"""

from __future__ import annotations

import contextlib
import io
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.install.boards import Board, installed
from tests.support.terminal import World
from totpkey_virtual.computer import Computer
from totpkey_volume.circuitpython import MB

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


class _Screen(io.StringIO):
    """What a command prints, on whichever stream."""

    def readouterr(self) -> tuple[str, str]:
        shown = self.getvalue()
        self.seek(0)
        self.truncate()
        return shown, ""


@contextlib.contextmanager
def acted_out(folder: Path, circuitpython: bytes) -> Iterator[Story]:
    """A person with README and a board in its boot loader, until the key is unplugged."""
    (folder / "circuitpython.uf2").write_bytes(circuitpython)
    screen = _Screen()
    with (
        World(folder, screen).around_commands() as world,
        contextlib.chdir(folder),
        contextlib.redirect_stdout(screen),
        contextlib.redirect_stderr(screen),
    ):
        yield Story(Board(installed(), world, b"\x00" * (2 * MB)))


class Story:
    def __init__(self, board: Board) -> None:
        self.board = board

    def tell(self) -> Iterator[Step]:
        """Run each command. Afterwards the key is about to become a keyboard."""
        yield from map(self._act, commands())

    def press(self) -> str:
        """Wait until the key is a keyboard, press its button and return what it types."""
        self.board.await_face(serial=False)
        self.board.key.run(3)
        if (left := 30 - self.board.key.true_time % 30) < 3:
            self.board.key.run(left)
        self.board.computer = Computer(self.board.key)
        return self.board.press().strip()

    def _act(self, command: str) -> Step:
        """Run a command for this board and key. A secret is piped in, since a prompt needs a terminal."""
        words = shlex.split(command)[1:]
        if words[0] == "install":
            words += ["--to", str(self.board.drive.folder), "--yes"]
        if words[0] == "add":
            words.append("--stdin")
        done = self.board.run(*words, stdin=_BASE32)
        return Step(command, done.code, done.out.replace(str(self.board.world.folder), "/media/you"))
