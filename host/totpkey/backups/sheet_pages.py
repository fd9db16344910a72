"""Sheets of words as a PDF to print, one on a page. In English, because the font has no Chinese."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from totpkey.backups.sheets import Sheet

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
