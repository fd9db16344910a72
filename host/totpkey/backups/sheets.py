"""Splits a passphrase into sheets of words (SLIP-39): enough of them give it back, fewer say nothing.

docs/reference/backup-file.md says what the sheets hold. Their PDF has one on a page, in English, because the
font has no Chinese.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shamir_mnemonic import MnemonicError, Share, combine_mnemonics, generate_mnemonics
from shamir_mnemonic.wordlist import WORDLIST

from totpkey import errors
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr

#: With one sheet that is enough, each would be the passphrase itself.
LEAST = 2
#: SLIP-39 counts sheets in four bits.
MOST = 16
#: The bytes that a passphrase is filled up to, so that a sheet says little of its length: 20, 33, 39, 46, 52
#: and 59 words. Other programs know at least the first two.
_LENGTHS = (16, 32, 40, 48, 56, 64)
_FILL = b"\0"
#: Letters that tell each word from all others.
_ENOUGH = 4
_SHORTEST = 20
#: The words at the beginning that all sheets of a set have, and no others.
_COMMON = 2
_WORDS = {word[:_ENOUGH]: word for word in WORDLIST}
_TYPE_AGAIN = _("Compare them with the sheet, and type them again.")


@dataclass(frozen=True)
class Sheet:
    """A sheet: its words, its number from 1, and how many of its set are needed."""

    words: tuple[str, ...] = field(repr=False)
    number: int
    needed: int

    @property
    def set(self) -> str:
        """The name of its set: the words that all its sheets begin with. They are no secret."""
        return " ".join(self.words[:_COMMON])


def split(passphrase: str, needed: int, count: int) -> tuple[Sheet, ...]:
    """`count` sheets, of which any `needed` give the passphrase back. Raise InvalidSheets."""
    filled = _filled(passphrase)
    # The passphrase was slow to derive a key from; SLIP-39's own derivation would protect nothing here.
    (group,) = generate_mnemonics(1, [(needed, count)], filled, iteration_exponent=0)
    made = tuple(map(read, group))
    # Each sheet is in one of these: a wrong one is found before it is on paper.
    for first in range(count - needed + 1):
        if join(made[first : first + needed]) != unicodedata.normalize("NFC", passphrase):
            raise errors.InvalidSheets(tr("The sheets do not give the passphrase back."))
    return made


def known(text: str) -> tuple[str, ...]:
    """The words of a text, in full where four letters or more were typed.

    Raise InvalidSheets, which names the place of a word that is not on the list.
    """
    typed = text.lower().split()
    words = [_WORDS.get(word[:_ENOUGH], "") for word in typed]
    for place, (word, whole) in enumerate(zip(typed, words, strict=True), 1):
        if len(word) < _ENOUGH or not whole.startswith(word):
            raise errors.InvalidSheets(
                tr("Word {place} of these is not a word that sheets have.", place=place),
                tr("Type these words again."),
            )
    return tuple(words)


def is_whole(words: Sequence[str]) -> bool:
    """Whether these are all words of a sheet, by its checksum."""
    if len(words) < _SHORTEST:
        return False
    try:
        Share.from_mnemonic(" ".join(words))
    except MnemonicError:
        return False
    return True


def read(text: str) -> Sheet:
    """The sheet with these words. Raise InvalidSheets."""
    words = known(text)
    if not is_whole(words):
        raise errors.InvalidSheets(
            tr("These are not the words of a sheet: one is wrong, missing, or in another's place."),
            tr(_TYPE_AGAIN),
        )
    share = Share.from_mnemonic(" ".join(words))
    # Other programs' sheets may ask for hours of work (the iteration exponent).
    ours = share.group_count == 1 and share.extendable and share.iteration_exponent == 0
    if not ours or share.member_threshold < LEAST:
        raise errors.InvalidSheets(tr("This sheet was not made by totpkey."))
    return Sheet(words, share.index + 1, share.member_threshold)


def check_fits(sheet: Sheet, others: Sequence[Sheet]) -> None:
    """Raise InvalidSheets unless the sheet is another one of the same set."""
    for other in others:
        if (sheet.set, sheet.needed) != (other.set, other.needed):
            raise errors.InvalidSheets(
                tr(
                    "This is sheet {number} of the set “{set}”, but sheet {other} is of the set"
                    " “{other_set}”.",
                    number=sheet.number,
                    set=sheet.set,
                    other=other.number,
                    other_set=other.set,
                ),
                tr("Take sheets of one set: all begin with the same two words."),
            )
        if sheet.number == other.number:
            raise errors.InvalidSheets(
                tr("Sheet {number} was given twice.", number=sheet.number), tr("Take another one.")
            )


def join(sheets: Sequence[Sheet]) -> str:
    """The passphrase that these sheets hold. Raise InvalidSheets."""
    for place, sheet in enumerate(sheets):
        check_fits(sheet, sheets[:place])
    if not sheets or len(sheets) < sheets[0].needed:
        raise errors.InvalidSheets(_too_few(sheets), tr("With fewer, nobody can tell the passphrase."))
    try:
        filled = combine_mnemonics([" ".join(sheet.words) for sheet in sheets[: sheets[0].needed]])
        return filled.rstrip(_FILL).decode()
    except (MnemonicError, UnicodeDecodeError):
        raise errors.InvalidSheets(
            tr("These sheets do not belong together, or totpkey did not make them."), tr(_TYPE_AGAIN)
        ) from None


def _too_few(sheets: Sequence[Sheet]) -> str:
    if not sheets:
        return tr("There are no words of a sheet.")
    return tr(
        "{needed} sheets of the set “{set}” are needed, and here are {count}.",
        needed=sheets[0].needed,
        set=sheets[0].set,
        count=len(sheets),
    )


def _filled(passphrase: str) -> bytes:
    """The bytes of which the sheets are made: the passphrase and zeros up to one of a few lengths."""
    text = unicodedata.normalize("NFC", passphrase).encode()
    length = next((length for length in _LENGTHS if length >= len(text)), 0)
    if not length:
        raise errors.InvalidSheets(
            tr("The passphrase has more than {most} bytes, too many for sheets.", most=_LENGTHS[-1]),
            tr("Make a backup with a shorter one, such as four random words."),
        )
    return text.ljust(length, _FILL)


if TYPE_CHECKING:
    from PIL.Image import Image

# A page of A4 at 200 dots per inch; all is in the part that US Letter shares (see `paper`).
_DPI = 200
_PAGE = (1654, 2339)
_LEFT, _TOP, _HEAD = 207, 246, 260
_COLUMNS, _ACROSS, _DOWN = 3, 410, 72


def print_pages(sheets: Sequence[Sheet], key: str) -> bytes:
    """A PDF with a page for each sheet of a backup of the key. Raises LibraryMissing."""
    pages = [_page(sheet, len(sheets), key) for sheet in sheets]
    out = io.BytesIO()
    pages[0].save(out, "PDF", resolution=_DPI, save_all=True, append_images=pages[1:])
    return out.getvalue()


def _page(sheet: Sheet, count: int, key: str) -> Image:
    from PIL import Image, ImageDraw, ImageFont

    page = Image.new("L", _PAGE, 255)
    draw = ImageDraw.Draw(page)
    large, small = ImageFont.load_default(40), ImageFont.load_default(28)
    draw.text((_LEFT, _TOP), f"Sheet {sheet.number} of {count}, set “{sheet.set}”", fill=0, font=large)
    for row, line in enumerate(_explained(sheet, count, key)):
        draw.text((_LEFT, _TOP + 70 + row * 44), line, fill=0, font=small)
    for place, word in enumerate(sheet.words):
        row, column = divmod(place, _COLUMNS)
        corner = (_LEFT + column * _ACROSS, _TOP + _HEAD + row * _DOWN)
        draw.text(corner, f"{place + 1:2}. {word}", fill=0, font=large)
    return page


def _explained(sheet: Sheet, count: int, key: str) -> tuple[str, ...]:
    return (
        f"Any {sheet.needed} of the {count} sheets give the passphrase of the totpkey backup of key {key}.",
        "Fewer say nothing of it. Keep each sheet in another place, apart from the backup.",
        "Type the words with: totpkey restore BACKUP --shares",
    )
