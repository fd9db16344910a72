"""Passphrases of random words: English ones of the EFF's list, Chinese ones of two syllables in pinyin.

A word of the list is one of 7 776, a pair of syllables one of 155 801: four are 51 or 68 bits.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey.locks.pinyin import SYLLABLES

COUNT = 4
CHINESE = "zh"
_SYLLABLES_A_WORD = 2


def phrase(language: str) -> str:
    """Four words for readers of a language, as gettext names it. Raises LibraryMissing."""
    make = _chinese if language.startswith(CHINESE) else _english
    return " ".join(make() for _ in range(COUNT))


def english() -> list[str]:
    """The EFF's list. Raises LibraryMissing where it was not built."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "data" / "words", package.parent.parent / "build" / "words"):
        path = folder / "eff.txt"
        if path.exists():
            return path.read_text(encoding="ascii").split()
    raise errors.LibraryMissing(
        tr("The list of words was not built."), tr("Run `make drive` in the source tree.")
    )


def _english() -> str:
    return secrets.choice(english())


def _chinese() -> str:
    return "".join(secrets.choice(SYLLABLES) for _ in range(_SYLLABLES_A_WORD))
