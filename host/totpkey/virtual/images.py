"""Which CircuitPython images are at hand for the emulated chip."""

from __future__ import annotations

import os
import re
from pathlib import Path

VARIABLE = "TOTPKEY_UF2"
CACHE = Path("~/.cache/totpkey")
_FIRST = "raspberry_pi_pico-"
NONE_AT_HAND = (
    f"no CircuitPython image: set {VARIABLE} to a UF2 file, or fetch one into {CACHE} with `make chip-image`"
)


#: The first CircuitPython with SHA-1 and SHA-256 of its own.
LEAST_VERSION = (10, 1)
_BANNER = re.compile(rb"Adafruit CircuitPython (\d+)\.(\d+)")


def images() -> list[Path]:
    """Those named by TOTPKEY_UF2 (several as in PATH), else those in the cache folder; the Pico's first."""
    named = os.environ.get(VARIABLE)
    names = named.split(os.pathsep) if named else []
    found = [Path(name) for name in names if name] or sorted(CACHE.expanduser().glob("*.uf2"))
    return sorted(found, key=lambda path: _FIRST not in path.name)


def is_recent(content: bytes | bytearray) -> bool:
    """Whether flash content holds a CircuitPython that the firmware can run on."""
    found = _BANNER.search(content)
    return found is not None and (int(found[1]), int(found[2])) >= LEAST_VERSION
