"""Tables: rows of password managers and of authenticators, read by what their cells hold (`by_content`).

Also accepts what spreadsheets save: semicolons or tabs, and line ends of old Macs. RoboForm and Keeper put
a code among the cells of a row's own fields, Enpass behind its name; all others have a column for it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from totpkey_readers.formats import by_content
from totpkey_readers.records import links
from totpkey_readers.records.contents import AskPassword, Contents
from totpkey_readers.records.fields import is_code, plain
from totpkey_readers.records.problem import Problem

UNKNOWN = "table of an unknown app"
#: Columns that only this app's tables have together, in lower case. The most distinctive come first.
_COLUMNS = {
    "Bitwarden CSV": ("login_totp", "name", "login_username"),
    # Its rows have three fields more than its header, and only the URI has the user name.
    "Bitwarden Authenticator CSV": ("login_totp", "name"),
    "Synology C2 CSV": ("login_totp", "display_name", "login_username"),
    "KeePassXC CSV": ("totp", "title", "username"),
    "1Password CSV": ("otpauth", "title", "username", "tags"),
    "Apple Passwords CSV": ("otpauth", "title", "username"),
    "Dashlane CSV": ("otpurl", "title", "username"),
    "Dashlane CSV, older": ("otpsecret", "title", "username"),
    "SafeInCloud CSV": ("otp", "title", "login"),
    "Dashlane CSV, phone": ("otp", "title", "username", "category"),
    "Myki CSV": ("twofasecret", "nickname", "username"),
    "extract_otp_secrets CSV": ("url", "issuer", "name", "secret", "type"),
    "LastPass or Proton Pass CSV": ("totp", "name", "username"),
    "Enpass CSV": ("title", "field", "value"),
}
_ENPASS = "Enpass CSV"
#: RoboForm's fields are cells with a name, three settings and a value.
_ROBO_FORM, _ROBO_FORM_CODE, _ROBO_FORM_CELL = "RoboForm CSV", "TOTP KEY$,", 5
#: Keeper's code stands in the cell behind this one; folder, title and user come first.
_KEEPER, _KEEPER_CODE, _KEEPER_NAMES = "Keeper CSV", "TFC:Keeper", ("folder", "title", "username")
#: mSecure has a field's name, kind and value in a cell.
_FIELD = re.compile(r"([^|\n]{1,40})\|\d+(?:\|([^|]*))?")
_DELIMITERS = ",;\t"
_ABOVE = re.compile(r"\A(?:sep=.|mSecure[^,\n]*)\s*\n")
#: A note may be long; Python's own limit is 131 072 characters.
_LONGEST_FIELD = 64 << 20
#: Columns of any password manager's table.
_PASSWORDS = {"password", "login_password", "pwd"}


def recognises(text: str) -> bool:
    if text.lstrip()[:1] in ("<", "{", "["):
        return False
    names, _ = header(text)
    try:
        return _app(names) != "" or (len(names) > 1 and by_content.recognises(list(_records(text, names))))
    except csv.Error:
        return False


def is_of_passwords(text: str) -> bool:
    """Whether it is a password manager's table."""
    return bool(_PASSWORDS & {name.strip().lower() for name in header(text)[0]})


def read(text: str, ask: AskPassword) -> Contents:
    """The accounts in the rows that have a code. Raises Problem."""
    names, _ = header(text)
    records: list[dict[str, str]] = []
    try:
        records += _records(text, names)
    except csv.Error:
        raise Problem("csv", number=len(records) + 2) from None
    return by_content.read_as(_app(names) or _app_of_cells(records), records, "row", UNKNOWN)


def _records(text: str, names: Sequence[str]) -> Iterator[dict[str, str]]:
    """The rows, each cell under the name of its column, or under the name in the cell before it."""
    rows = csv.reader(io.StringIO(lines(text), newline=""), delimiter=header(text)[1])
    first = next(rows, [])
    if any(_may_be_code(cell) for cell in first):
        # The first row is an account: the columns have no names.
        names = []
        yield _record(first, names)
    for row in rows:
        yield _record(row, names)


def _may_be_code(cell: str) -> bool:
    return bool(
        links.is_link(cell) or _FIELD.fullmatch(cell) or cell.startswith((_ROBO_FORM_CODE, _KEEPER_CODE))
    )


def _record(row: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    if _KEEPER_CODE in row:
        names = _KEEPER_NAMES
    record: dict[str, str] = {}
    is_enpass = _app(names) == _ENPASS
    for place, cell in enumerate(row):
        name = names[place].strip() if place < len(names) else ""
        field = _FIELD.fullmatch(cell)
        if field:
            record.setdefault(*("title", field[1]) if field[2] is None else (field[1].strip(), field[2]))
        elif cell.startswith(_ROBO_FORM_CODE):
            record[_ROBO_FORM_CODE] = cell.split(",", _ROBO_FORM_CELL - 1)[-1].strip()
        elif place and ((not name and is_code(plain(row[place - 1]))) or (is_enpass and place % 2 == 0)):
            record.setdefault(row[place - 1].strip(), cell)
        else:
            record.setdefault(name or str(place + 1), cell)
    return record


def _app(names: Sequence[str]) -> str:
    lowered = {name.strip().lower() for name in names}
    return next((app for app, columns in _COLUMNS.items() if lowered.issuperset(columns)), "")


def _app_of_cells(records: list[dict[str, str]]) -> str:
    marks = {_ROBO_FORM_CODE: _ROBO_FORM, _KEEPER_CODE: _KEEPER}
    return next((marks[name] for record in records[:100] for name in record if name in marks), "")


def lines(text: str) -> str:
    """`text` with newlines, without what spreadsheets and mSecure write above a table. A lone carriage return
    ends a line only if there are no other line ends.
    """
    return _ABOVE.sub("", text if "\n" in text else text.replace("\r", "\n"))


def header(text: str) -> tuple[list[str], str]:
    """The columns' names, and the delimiter that gives the most columns."""
    csv.field_size_limit(_LONGEST_FIELD)
    first = lines(text[: 1 << 16]).lstrip().partition("\n")[0]
    best: tuple[list[str], str] = ([], _DELIMITERS[0])
    for delimiter in _DELIMITERS:
        try:
            names = next(csv.reader([first], delimiter=delimiter), [])
        except csv.Error:
            continue
        if len(names) > len(best[0]):
            best = names, delimiter
    return best
