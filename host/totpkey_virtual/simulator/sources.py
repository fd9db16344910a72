"""Finds the sources of compiled modules, which CPython cannot run. Firmware slots hold only those."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

_known: dict[bytes, tuple[str, bytes]] = {}


def know(folder: Path, files: Mapping[str, bytes]) -> None:
    """Register the modules among `files`, a drive's folder with all below it, each with its source."""
    for path, compiled in files.items():
        name = f"source/{path.removeprefix('lib/').removesuffix('.mpy')}.py"
        if path.endswith(".mpy") and name in files:
            _known[_digest(compiled)] = str(folder / name), files[name]


def of(compiled: bytes) -> tuple[str, bytes] | None:
    """The source's path on this computer and its content."""
    return _known.get(_digest(compiled))


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
