"""Compile the translation catalogues into build/locale.

python tools/build_catalogues.py
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

sys.path.insert(0, str(Path(__file__).resolve().parent))

import whole_files

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "host" / "totpkey" / "locale"
TARGET = ROOT / "build" / "locale"


def build(target: Path = TARGET) -> Path:
    """Fill `target` with the compiled catalogues that gettext reads, and return it."""
    for source in SOURCES.glob("*/LC_MESSAGES/*.po"):
        compiled = (target / source.relative_to(SOURCES)).with_suffix(".mo")
        binary = BytesIO()
        with source.open("rb") as text:
            write_mo(binary, read_po(text))
        whole_files.write(compiled, binary.getvalue())
    return target


if __name__ == "__main__":
    print(build())
