"""Passphrases of random words: English ones of the EFF's list, Chinese ones of two syllables in pinyin.

A word of the list is one of 7 776, a pair of syllables one of 155 801: four are 51 or 68 bits. The syllables
have no tones. Left out are those with ü, which keyboards lack, and a few that dictionaries give to
interjections alone.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from totpkey import errors
from totpkey.i18n.translation import tr

#: Finals, and the initials that each goes with. A dash: the syllable begins with none.
_FINALS = """
a - b p m f d t n l g k h zh ch sh z c s
o - b p m f
e - m d t n l g k h zh ch sh r z c s
ai - b p m d t n l g k h zh ch sh z c s
ei b p m f d n l g h sh z
ao - b p m d t n l g k h zh ch sh r z c s
ou - p m f d t n l g k h zh ch sh r z c s
an - b p m f d t n l g k h zh ch sh r z c s
en - b p m f n g k h zh ch sh r z c s
ang - b p m f d t n l g k h zh ch sh r z c s
eng b p m f d t n l g k h zh ch sh r z c s
ong d t n l g k h zh ch r z c s
er -
i b p m d t n l j q x zh ch sh r z c s y
ia l j q x
ie b p m d t n l j q x
iao b p m d t n l j q x
iu m d n l j q x
ian b p m d t n l j q x
in b p m n l j q x y
iang n l j q x
ing b p m d t n l j q x y
iong j q x
u b p m f d t n l g k h zh ch sh r z c s j q x w y
ua g k h zh sh
uo d t n l g k h zh ch sh r z c s
uai g k h zh ch sh
ui d t g k h zh ch sh r z c s
uan d t n l g k h zh ch sh r z c s j q x y
un d t l g k h zh ch sh r z c s j q x y
uang g k h zh ch sh
ue j q x y
ya -
ye -
yao -
you -
yan -
yang -
yong -
wa -
wo -
wai -
wei -
wan -
wen -
wang -
weng -
"""


def _syllables() -> tuple[str, ...]:
    found = []
    for line in _FINALS.split("\n"):
        final, *initials = line.split() or [""]
        found += [final if initial == "-" else initial + final for initial in initials]
    return tuple(sorted(found))


SYLLABLES = _syllables()


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
