"""Exports the accounts of an opened backup for other programs: as key URIs, as QR codes, or as CXF.

CXF is the FIDO Alliance's Credential Exchange Format, in JSON. The fields are those of the types in
bitwarden/credential-exchange.
"""

from __future__ import annotations

import base64
import io
import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from totpkey.accounts.account import Account
from totpkey_protocol.words import HOTP, TOTP
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


#: Who wrote it. There is no relying party, so this is a name under .example (RFC 2606).
_EXPORTER, _NAME = "totpkey.example", "totpkey"
#: Bytes of an identifier; 64 at most.
_IDENTIFIER = 16
#: The longest period: other projects read it into eight bits.
_LONGEST_PERIOD = 255


def exchange_document(accounts: Sequence[Account], made: int) -> bytes:
    """The file with these accounts, written at `made`, in Unix seconds."""
    owner = {"id": _identifier(), "username": "", "email": "", "collections": []}
    header = {
        "version": {"major": 1, "minor": 0},
        "exporterRpId": _EXPORTER,
        "exporterDisplayName": _NAME,
        "timestamp": made,
        "accounts": [owner | {"items": [_item(account) for account in accounts]}],
    }
    return json.dumps(header, ensure_ascii=False, indent=1).encode(errors="replace") + b"\n"


def fits_exchange(account: Account) -> bool:
    """Whether CXF has a credential for such codes. It has none for HOTP and Steam."""
    return account.type == TOTP and account.period <= _LONGEST_PERIOD


def _item(account: Account) -> dict[str, object]:
    credential = _code(account) if fits_exchange(account) else _link(account)
    return {
        "id": _identifier(),
        "title": account.issuer or account.label,
        "credentials": [credential],
    }


def _code(account: Account) -> dict[str, object]:
    issuer = {"issuer": account.issuer} if account.issuer else {}
    return {
        "type": "totp",
        "secret": base32.encode(account.secret),
        "period": account.period,
        "digits": account.digits,
        "username": account.label,
        "algorithm": account.algorithm.lower(),
        **issuer,
    }


def _link(account: Account) -> dict[str, object]:
    """A field with the key URI, as 1Password exchanges codes. An importer shows it at least."""
    field = {"fieldType": "concealed-string", "label": "otpauth", "value": uri(account)}
    return {"type": "custom-fields", "fields": [field]}


def _identifier() -> str:
    return base64.urlsafe_b64encode(os.urandom(_IDENTIFIER)).decode().rstrip("=")
