"""The real command under the real Python for Windows, run by Wine: in pipes, and in a console of Windows."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

import windows_python
from tests.support.port import LIMIT

#: Rows and columns of the console.
_SIZE = (50, 120)
#: What Wine's console sends its terminal beside text: where the cursor goes, whether it shows, colours.
_SEQUENCE = re.compile(rb"\x1b\[[0-9;?]*([A-Za-z])")

COMMAND = ("-m", "totpkey")
#: Wine's devices, and its network.
_DEVICES = windows_python.PREFIX / "dosdevices"
#: Windows names ports from COM10 on in another way than those below.
_FIRST_PORT, _PORTS = 20, 170


@dataclass(frozen=True)
class Ended:
    """How a program ended, and what it wrote, in bytes as they came."""

    code: int
    out: bytes
    err: bytes = b""


#: What happens as a program is waited for: the keys' time passes, and a person acts.
meanwhile: list[Callable[[], object]] = []
#: How long keys stand still between two looks at a program, in s.
_LOOK = 0.001


def _let_keys_live() -> None:
    for do in meanwhile:
        do()


def path_of(path: Path) -> str:
    """A path of this system as Windows names it: Wine shows the root as drive Z."""
    return "Z:" + str(path).replace("/", "\\")


def run(
    *arguments: str,
    stdin: bytes = b"",
    chinese: bool = False,
    stdout: Path | None = None,
    cwd: Path | None = None,
    without: Sequence[str] = (),
) -> Ended:
    """Run `python.exe ARGUMENTS`, its streams on pipes, or standard output in a file."""
    with (
        subprocess.Popen(
            program(*arguments),
            env=windows_python.environment(chinese, without),
            cwd=cwd or windows_python.FOLDER,
            stdin=subprocess.PIPE,
            stdout=stdout.open("wb") if stdout else subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as running,
        ThreadPoolExecutor(1) as pipes,
    ):
        try:
            ended = pipes.submit(running.communicate, stdin, LIMIT)
            while not wait([ended], _LOOK).done:
                _let_keys_live()
            out, err = ended.result()
        finally:
            running.kill()
    return Ended(running.returncode, stdout.read_bytes() if stdout else out, err)


def program(*arguments: str) -> list[str]:
    """The command line of `python.exe ARGUMENTS`."""
    return ["wine", str(windows_python.PYTHON), *arguments]


class Console:
    """A program in a console of Windows, which Wine draws into a terminal of this system."""

    def __init__(self, command: Sequence[str]) -> None:
        environment = windows_python.environment() | {"TERM": "xterm-256color"}
        child, self._terminal = pty.fork()
        if not child:
            os.chdir(windows_python.FOLDER)
            os.execvpe(command[0], list(command), environment)
        self._child = child
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *_SIZE, 0, 0))
        self._shown = b""

    @property
    def raw(self) -> str:
        """All that the terminal got until now."""
        return self._shown.decode(errors="replace")

    @property
    def text(self) -> str:
        """All that was shown until now, in the order in which it came."""
        # The cursor moves right over blanks that are there already.
        blanks = _SEQUENCE.sub(lambda found: b" " if found[1] == b"C" else b"", self._shown)
        return blanks.decode(errors="replace")

    def type(self, text: str) -> None:
        """As from its keyboard."""
        os.write(self._terminal, text.encode())

    def wait_for(self, condition: Callable[[str], bool]) -> bool:
        """Wait until what is shown fulfils it; False if the program ended, or time is up."""
        end = time.monotonic() + LIMIT
        while not condition(self.text):
            if time.monotonic() > end or not self._read():
                return condition(self.text)
        return True

    def shows(self, words: str) -> bool:
        """Wait until these words are there; False if the program ended before, or time is up."""
        return self.wait_for(lambda text: words in text)

    def end(self) -> int:
        """Wait until the program has ended; gives its exit code."""
        self.wait_for(lambda _: False)
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self._child, 0)[1])

    def _read(self) -> bool:
        end = time.monotonic() + LIMIT
        while not select.select([self._terminal], [], [], _LOOK)[0]:
            if time.monotonic() > end:
                return False
            _let_keys_live()
        try:
            piece = os.read(self._terminal, 65536)
        except OSError:
            # Linux: nobody has its other side open any more.
            return False
        self._shown += piece
        return bool(piece)


class Windows:
    """A computer that runs Windows: its ports, drives and network."""

    def __init__(self) -> None:
        self._links: list[Path] = []

    def __enter__(self) -> Windows:
        return self

    def __exit__(self, *_: object) -> None:
        for link in self._links:
            link.unlink(missing_ok=True)

    def connect(self, path: Path, name: str) -> str:
        """A COM port, or a drive's letter, that leads to what is at `path` while that is there."""
        for chosen in [name] if name else (f"COM{number}" for number in _numbers()):
            link = _DEVICES / chosen.lower()
            if not link.exists():
                # Left behind by tests that were killed.
                link.unlink(missing_ok=True)
            try:
                link.symlink_to(path)
            except FileExistsError:
                continue
            self._links.append(link)
            return chosen
        raise AssertionError(f"{name or 'every port'} is in use by other tests")

    def share(self, folder: Path) -> str:
        """Have the folder in a network; gives its path there (UNC)."""
        server = _DEVICES / "unc" / "office"
        server.mkdir(parents=True, exist_ok=True)
        link = server / f"share{os.getpid()}"
        link.symlink_to(folder)
        self._links.append(link)
        return f"\\\\{server.name}\\{link.name}"


def _numbers() -> Iterator[int]:
    """Numbers of ports to try. Each process that runs tests begins at another."""
    for place in range(_PORTS):
        yield _FIRST_PORT + (10 * os.getpid() + place) % _PORTS
