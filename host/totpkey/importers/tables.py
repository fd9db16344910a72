"""CSV files of password managers, known by the names of their columns."""

from __future__ import annotations

import csv
import io
from functools import partial

from totpkey.importers.contents import Contents, secret_or_uri
from totpkey.importers.fields import Damaged

#: Columns of secret, title and user name, in lower case, for each format.
_COLUMNS = {
    "Bitwarden CSV": ("login_totp", "name", "login_username"),
    # Its rows have three fields more than its header, and the user name in the URI alone.
    "Bitwarden Authenticator CSV": ("login_totp", "name"),
    "KeePassXC CSV": ("totp", "title", "username"),
    "1Password CSV": ("otpauth", "title", "username"),
    "LastPass or Proton Pass CSV": ("totp", "name", "username"),
}
#: Proton Pass has a person's name in one of two columns: where it is an address, in this one alone.
_ADDRESS = "email"


def recognises(text: str) -> bool:
    return _format(_header(text)) != ""


def read(text: str) -> Contents:
    """The accounts in the rows that have a code. Raises Damaged."""
    header = _header(text)
    contents = Contents(_format(header))
    places = [header.index(column) for column in (*_COLUMNS[contents.format], _ADDRESS) if column in header]
    rows = csv.reader(io.StringIO(text, newline=""))
    try:
        next(rows)
        for row in rows:
            code, title, *users = (row[place] if place < len(row) else "" for place in places)
            user = next(filter(str.strip, users), "")
            if code.strip():
                contents.take(f"line {rows.line_num}", partial(secret_or_uri, code, title, user), title)
    except csv.Error:
        raise Damaged(f"It is not valid CSV at line {rows.line_num}.") from None
    return contents


def _header(text: str) -> list[str]:
    first = text.partition("\n")[0]
    try:
        return [name.strip().lower() for name in next(csv.reader([first]), [])]
    except csv.Error:
        return []


def _format(header: list[str]) -> str:
    for name, columns in _COLUMNS.items():
        if set(columns) <= set(header):
            return name
    return ""
