"""The drives of boards that are plugged in: a boot loader's, or CircuitPython's."""

from __future__ import annotations

import re
import string
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from totpkey.i18n.translation import tr
from totpkey_volume.circuitpython import BOOT_OUTPUT, fits

#: Kinds of place.
BOOT_LOADER, CIRCUITPYTHON = "boot loader", "CircuitPython"
_LOADER_FILE = "INFO_UF2.TXT"
#: The boot ROM of the RP2040 names itself so; other chips and other boot loaders differ.
_RP2040 = "RPI-RP2"
#: /proc/mounts writes spaces and the like as octal numbers.
_OCTAL = re.compile(r"\\([0-7]{3})")
_LOADER_BOARD = re.compile(r"^Board-ID:\s*(\S+)", re.MULTILINE)
_VERSION = re.compile(r"CircuitPython (\d+)\.(\d+)\.(\d+)")
_BOARD = re.compile(r"^Board ID:\s*(\S+)", re.MULTILINE)
_UID = re.compile(r"^UID:\s*([0-9A-Fa-f]+)", re.MULTILINE)
_LONGEST = 4096


@dataclass(frozen=True)
class Place:
    """A board's drive. A boot loader does not tell its board; `board` and `uid` are empty then.

    `version`: CircuitPython's, or none.
    """

    path: Path
    kind: str
    board: str = ""
    uid: str = ""
    version: tuple[int, int, int] | None = None

    @property
    def is_fit(self) -> bool:
        """Whether its CircuitPython can run the firmware."""
        return fits(self.version)

    def __str__(self) -> str:
        if self.kind == BOOT_LOADER:
            return tr("{path}: a board in its boot loader", path=self.path)
        version = ".".join(map(str, self.version or ()))
        return tr(
            "{path}: {value} with CircuitPython {version}",
            path=self.path,
            value=self.board or "a board",
            version=version,
        )


def find(folders: Iterable[Path]) -> list[Place]:
    """The places among `folders`, each once, in their order."""
    found = {path: place for path in folders if (place := at(path))}
    return list(found.values())


def at(path: Path) -> Place | None:
    """What kind of place a folder is; None if it is none."""
    loader = _read(path / _LOADER_FILE)
    if loader is not None:
        board = _LOADER_BOARD.search(loader)
        return Place(path, BOOT_LOADER) if board and board[1] == _RP2040 else None
    output = _read(path / BOOT_OUTPUT)
    version = _VERSION.search(output) if output else None
    if not output or not version:
        return None
    board, uid = _BOARD.search(output), _UID.search(output)
    return Place(
        path,
        CIRCUITPYTHON,
        board[1] if board else "",
        uid[1] if uid else "",
        (int(version[1]), int(version[2]), int(version[3])),
    )


def mounted(root: Path = Path("/"), system: str = sys.platform) -> list[Path]:
    """The folders at which this system shows drives. `root`: where its tree begins, for tests."""
    if system == "win32":
        drives = [Path(f"{letter}:\\") for letter in string.ascii_uppercase[2:]]
        return [drive for drive in drives if drive.exists()]
    if system == "darwin":
        return _subfolders(root / "Volumes")
    table = _read(root / "proc" / "mounts", 1 << 20) or ""
    mounts = [_unescaped(line.split(" ")[1]) for line in table.splitlines() if line.count(" ") >= 3]
    listed = [root / path.lstrip("/") for path in mounts]
    # Where /proc is not to be read, as in some containers.
    usual = [
        each
        for name in ("media", "run/media")
        for user in _subfolders(root / name)
        for each in _subfolders(user)
    ]
    return list(dict.fromkeys(listed + usual))


def _unescaped(text: str) -> str:
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), text)


def _subfolders(path: Path) -> list[Path]:
    try:
        return sorted(entry for entry in path.iterdir() if entry.is_dir())
    except OSError:
        return []


def _read(path: Path, most: int = _LONGEST) -> str | None:
    try:
        with path.open("rb") as file:
            return file.read(most).decode("utf-8", "replace")
    except OSError:
        return None
