"""Compiles the catalogues of translations into build/locale.

python tools/build_catalogues.py
"""

from __future__ import annotations

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "host" / "totpkey" / "locale"
TARGET = ROOT / "build" / "locale"


def build(target: Path = TARGET) -> Path:
    """Make `target` the folder that gettext reads. Gives it."""
    for source in SOURCES.glob("*/LC_MESSAGES/*.po"):
        compiled = (target / source.relative_to(SOURCES)).with_suffix(".mo")
        compiled.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as text, compiled.open("wb") as binary:
            write_mo(binary, read_po(text))
    return target


if __name__ == "__main__":
    print(build())
