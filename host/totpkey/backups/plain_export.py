"""Exports the accounts of an opened backup for other authenticators, as key URIs and QR codes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from totpkey.accounts.account import Account
from totpkey_protocol.words import HOTP
from totpkey_readers.pictures import qr
from totpkey_readers.records import base32

if TYPE_CHECKING:
    from PIL.Image import Image

# A page of A4 at 100 dots per inch, with two columns of three codes, each under its number.
_DPI = 100
_PAGE = (827, 1169)
_COLUMNS, _ROWS = 2, 3
_CODE, _LEFT, _TOP, _NUMBER = 290, 90, 70, 24
_DOWN, _ACROSS = 350, 370


def uri(account: Account) -> str:
    """A key URI with all inputs of the account's codes."""
    name = quote(account.label, safe="@")
    if account.issuer:
        name = f"{quote(account.issuer, safe='')}:{name}"
    fields = [f"secret={base32.encode(account.secret)}"]
    if account.issuer:
        fields.append(f"issuer={quote(account.issuer, safe='')}")
    fields += [f"algorithm={account.algorithm}", f"digits={account.digits}"]
    fields.append(f"counter={account.counter}" if account.type == HOTP else f"period={account.period}")
    # Aegis, Ente and Proton recognise Steam by this type, others by five digits.
    return f"otpauth://{account.type}/{name}?{'&'.join(fields)}"


def listed(accounts: Sequence[Account]) -> str:
    """All of them, one a line, as most authenticators import them."""
    return "".join(f"{uri(account)}\n" for account in accounts)


def blocks(account: Account) -> list[str]:
    """A QR code as lines for a terminal, two rows in each, to be shown in white on black."""
    return qr.blocks(uri(account))


def pages(accounts: Sequence[Account]) -> bytes:
    """A PDF with a QR code for each account, numbered in their order. Raises LibraryMissing."""
    per_page = _COLUMNS * _ROWS
    drawn = [_page(accounts, at) for at in range(0, len(accounts), per_page)]
    out = io.BytesIO()
    drawn[0].save(out, "PDF", resolution=_DPI, save_all=True, append_images=drawn[1:])
    return out.getvalue()


def _page(accounts: Sequence[Account], start: int) -> Image:
    from PIL import Image, ImageDraw, ImageFont

    page = Image.new("L", _PAGE, 255)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(16)
    for place, account in enumerate(accounts[start : start + _COLUMNS * _ROWS]):
        left = _LEFT + place % _COLUMNS * _ACROSS
        top = _TOP + place // _COLUMNS * _DOWN
        # The font has no Chinese. The phone shows the name.
        draw.text((left, top), f"{start + place + 1} of {len(accounts)}", fill=0, font=font)
        page.paste(qr.draw(uri(account), _CODE), (left, top + _NUMBER))
    return page
