"""Finds the sources of compiled modules, which CPython cannot run. Firmware slots hold only those."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

#: By the digest of a compiled module, or the name of one of constants alone, which is not compiled since they
#: are inlined: the path of its source on this computer, and its content.
Sources = dict[bytes, tuple[str, bytes]]

_known: Sources = {}


def find(folder: Path, files: Mapping[str, bytes]) -> Sources:
    """The sources of the modules among `files`, a drive's folder with all below it."""
    found: Sources = {}
    for path, compiled in files.items():
        name = f"source/{path.removeprefix('lib/').removesuffix('.mpy')}.py"
        if path.endswith(".mpy") and name in files:
            found[_digest(compiled)] = str(folder / name), files[name]
    for path, source in files.items():
        module = path.removeprefix("source/").removesuffix(".py")
        if path.startswith("source/") and f"lib/{module}.mpy" not in files:
            found[module.replace("/", ".").encode()] = str(folder / path), source
    return found


def know(found: Sources) -> None:
    """Register sources, in place of others for the same modules."""
    _known.update(found)


def of(compiled: bytes) -> tuple[str, bytes] | None:
    """The source's path on this computer and its content."""
    return _known.get(_digest(compiled))


def of_constants(module: str) -> tuple[str, bytes] | None:
    """The same of a module that is not on the drive, by its name."""
    return _known.get(module.encode())


@lru_cache(maxsize=1024)
def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
