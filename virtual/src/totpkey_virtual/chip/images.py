"""Finds the CircuitPython images for the emulated chip."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

VARIABLE = "TOTPKEY_UF2"
#: Where images are looked for: `~/.cache/totpkey` on Linux.
CACHE = platformdirs.user_cache_path("totpkey", appauthor=False)
_FIRST = "raspberry_pi_pico-"
NONE_AT_HAND = (
    f"no CircuitPython image: set {VARIABLE} to a UF2 file, or fetch one into {CACHE} with `make chip-image`"
)


def images() -> list[Path]:
    """Those that TOTPKEY_UF2 names (several as in PATH), else those in the cache folder. The Pico's first."""
    named = os.environ.get(VARIABLE)
    names = named.split(os.pathsep) if named else []
    found = [Path(name) for name in names if name] or sorted(CACHE.glob("*.uf2"))
    return sorted(found, key=lambda path: _FIRST not in path.name)
