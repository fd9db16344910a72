"""Finds the sources of compiled modules, which CPython cannot run. Firmware slots hold only those."""

from __future__ import annotations

import hashlib
from pathlib import Path

_known: dict[bytes, tuple[str, bytes]] = {}


def know(folder: Path) -> None:
    """Register the modules of a drive's folder, each with its source in `source`."""
    for compiled in folder.rglob("*.mpy"):
        name = compiled.relative_to(folder).as_posix().removeprefix("lib/")
        source = (folder / "source" / name).with_suffix(".py")
        if source.is_file():
            _known[_digest(compiled.read_bytes())] = str(source), source.read_bytes()


def of(compiled: bytes) -> tuple[str, bytes] | None:
    """The source's path on this computer and its content."""
    return _known.get(_digest(compiled))


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
