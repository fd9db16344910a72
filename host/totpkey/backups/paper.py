"""A backup on paper: the encrypted file as QR codes to print, and back (docs/reference/backup-file.md)."""

from __future__ import annotations

import base64
import binascii
import io
import zlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey_readers.pictures import qr

if TYPE_CHECKING:
    from PIL.Image import Image

#: Begins every code, before its number, the count, and the CRC-32 of the file. All characters are in the QR
#: codes' alphanumeric mode.
MARK = "TPKB1"
#: Characters of base32 in one code: small enough for telephones and cheap printers.
_PIECE = 800
_MOST_CODES = 500
#: The largest file that is unpacked from paper, in bytes.
_MOST_BYTES = 8 << 20

# A page of A4 at 200 dots per inch, with two columns of three codes. US Letter is 139 dots shorter, and
# printers align the page to its upper or its lower edge. So all is in the part that both sizes share, 12 mm
# (95 dots) from every edge.
_DPI = 200
_PAGE = (1654, 2339)
_COLUMNS, _ROWS = 2, 3
_CODE = 540
_LEFT, _TOP, _HEAD = 207, 350, 40
_GAP = 160


def codes(file: bytes) -> list[str]:
    """The texts of the QR codes that hold a backup file."""
    text = base64.b32encode(zlib.compress(file, 9)).decode().rstrip("=")
    pieces = [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]
    whole = f"{zlib.crc32(file):08X}"
    return [f"{MARK}:{number}:{len(pieces)}:{whole}:{piece}" for number, piece in enumerate(pieces, 1)]


def join(texts: Sequence[str]) -> bytes:
    """The file, from all its codes in any order.

    Raises InvalidBackup, which names missing codes.
    """
    pieces: dict[int, str] = {}
    counts: set[tuple[int, str]] = set()
    for text in texts:
        mark, _, rest = text.partition(":")
        parts = rest.split(":")
        if mark == MARK and len(parts) == 4 and parts[0].isdecimal() and parts[1].isdecimal():
            pieces[int(parts[0])] = parts[3]
            counts.add((int(parts[1]), parts[2]))
    if len(counts) != 1:
        cause = (
            tr("These are pages of several backups.")
            if counts
            else tr("There is no QR code of a backup here.")
        )
        raise errors.InvalidBackup(cause, tr("Give all pages of one backup, sharp and whole."))
    ((count, whole),) = counts
    if not 1 <= count <= _MOST_CODES:
        raise errors.InvalidBackup(
            tr("These QR codes are not from a backup."), tr("Give all pages of one backup.")
        )
    missing = [number for number in range(1, count + 1) if number not in pieces]
    if missing:
        listed = ", ".join(map(str, missing))
        raise errors.InvalidBackup(
            tr("Of {count} codes, number {listed} could not be read.", count=count, listed=listed),
            tr("Photograph it again."),
        )
    return _whole("".join(pieces[number] for number in range(1, count + 1)), whole)


def print_pages(file: bytes, title: str) -> bytes:
    """A PDF with the codes of a backup file, each page headed by `title`. Raises LibraryMissing."""
    texts = codes(file)
    per_page = _COLUMNS * _ROWS
    pages = [
        _page(
            texts[at : at + per_page],
            f"{title}   page {at // per_page + 1} of {-(-len(texts) // per_page)}",
        )
        for at in range(0, len(texts), per_page)
    ]
    out = io.BytesIO()
    pages[0].save(out, "PDF", resolution=_DPI, save_all=True, append_images=pages[1:])
    return out.getvalue()


def _page(texts: Sequence[str], title: str) -> Image:
    from PIL import Image, ImageDraw, ImageFont

    page = Image.new("L", _PAGE, 255)
    draw = ImageDraw.Draw(page)
    large, small = ImageFont.load_default(36), ImageFont.load_default(28)
    draw.text((_LEFT, _TOP - 104), title, fill=0, font=large)
    # In English: the font has no Chinese.
    draw.text((_LEFT, _TOP - 52), "Read it back with: totpkey restore --qr PHOTO...", fill=0, font=small)
    for (left, top), text in zip(_places(), texts, strict=False):
        _, number, count, *_ = text.split(":")
        draw.text((left, top), f"{number} of {count}", fill=0, font=small)
        page.paste(qr.draw(text, _CODE), (left, top + _HEAD))
    return page


def _places() -> Iterator[tuple[int, int]]:
    for row in range(_ROWS):
        for column in range(_COLUMNS):
            yield _LEFT + column * (_CODE + _GAP), _TOP + row * (_CODE + _HEAD)


def _whole(text: str, whole: str) -> bytes:
    try:
        packed = base64.b32decode(text + "=" * (-len(text) % 8))
        unpacking = zlib.decompressobj()
        file = unpacking.decompress(packed, _MOST_BYTES)
    except (binascii.Error, ValueError, zlib.error):
        file = b""
    if f"{zlib.crc32(file):08X}" != whole:
        raise errors.InvalidBackup(
            tr("The codes do not make a whole backup."), tr("Photograph the pages again.")
        )
    return file
