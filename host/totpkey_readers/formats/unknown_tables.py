"""Tables of apps that have no columns of their own in `tables`, read by what their cells hold: a key URI, a
secret under or behind a name that says so.

RoboForm and Keeper put a code among the cells of a row's own fields, Enpass behind its name; Dropbox
Passwords, Zoho, Padloc, mSecure and others have a column for it. The reader says which it took.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from totpkey_readers.formats import tables
from totpkey_readers.formats.by_content import CODE_NAMES, guessed, is_secret, is_uri, plain
from totpkey_readers.records.contents import AskPassword, Contents, secret_or_uri, site_of
from totpkey_readers.records.problem import Problem

UNKNOWN = "table of an unknown app"
ROBO_FORM, KEEPER, ENPASS = "RoboForm CSV", "Keeper CSV", "Enpass CSV"
#: RoboForm's fields are cells with a name, three settings and a value.
_ROBO_FORM_CODE, _ROBO_FORM_CELL = "TOTP KEY$,", 5
#: Keeper's code stands in the cell behind this one; folder, title and user come first.
_KEEPER_CODE, _KEEPER_TITLE, _KEEPER_USER = "TFC:Keeper", 1, 2
_TITLES = (
    "title",
    "name",
    "account",
    "accountname",
    "entry",
    "entryname",
    "item",
    "secretname",
    "label",
    "site",
    "标题",
    "名称",
)
_USERS = ("username", "user", "login", "loginname", "userid", "email", "usernameemail", "用户名", "账号")
_SITES = ("url", "website", "matchurl", "secreturl", "address", "网址")


@dataclass(frozen=True)
class _Code:
    """A code's text, and what said that it is one."""

    text: str
    sign: str
    app: str = ""


def recognises_text(text: str) -> bool:
    if text.lstrip()[:1] in ("<", "{", "["):
        return False
    try:
        rows = _rows(text)
        header = next(rows, [])
        return len(header) > 1 and any(any(_codes(row, header)) for row in _with_first(header, rows))
    except csv.Error:
        return False


def read(text: str, ask: AskPassword) -> Contents:
    """The accounts in the rows that have a code. Raises Problem."""
    contents = Contents(UNKNOWN)
    rows = _rows(text)
    signs: dict[str, None] = {}
    apps: set[str] = set()
    number = 1
    try:
        header = next(rows)
        for number, row in enumerate(_with_first(header, rows), 1):
            for code in dict.fromkeys(_codes(row, header)):
                title, user = _names(row, header, code)
                contents.take(f"row {number}", partial(secret_or_uri, code.text, title, user), title)
                signs[code.sign] = None
                apps.add(code.app)
    except csv.Error:
        raise Problem("csv", number=number) from None
    if apps <= {ROBO_FORM, KEEPER, ENPASS} and len(apps) == 1:
        contents.format = apps.pop()
    else:
        contents.warnings.append(guessed(list(signs)))
    return contents


def _with_first(header: list[str], rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """All rows: the first is one, too, where it has no names."""
    yield header
    yield from rows


def _rows(text: str) -> Iterator[list[str]]:
    _, delimiter = tables.header(text)
    return csv.reader(io.StringIO(tables.lines(text), newline=""), delimiter=delimiter)


def _codes(row: Sequence[str], header: Sequence[str]) -> Iterator[_Code]:
    """The codes of a row."""
    for place, cell in enumerate(row):
        text = cell.strip()
        before = row[place - 1].strip() if place else ""
        above = header[place] if place < len(header) and row is not header else ""
        if text.startswith(_ROBO_FORM_CODE):
            value = text.split(",", _ROBO_FORM_CELL - 1)[-1].strip()
            if is_uri(value) or is_secret(value):
                yield _Code(value, "TOTP KEY$", ROBO_FORM)
        elif is_uri(text):
            app = KEEPER if before == _KEEPER_CODE else ENPASS if _is_enpass(header) else ""
            yield _Code(text, before if app else above or str(place + 1), app)
        elif is_secret(text) and plain(before) in CODE_NAMES:
            app = KEEPER if before == _KEEPER_CODE else ENPASS if _is_enpass(header) else ""
            yield _Code(text, before, app)
        elif is_secret(text) and plain(above) in CODE_NAMES:
            yield _Code(text, above)


def _is_enpass(header: Sequence[str]) -> bool:
    """Whether the columns are those of Enpass: a title, then any number of names and values, then a note."""
    return [plain(name) for name in header[:3]] == ["title", "field", "value"]


def _names(row: Sequence[str], header: Sequence[str], code: _Code) -> tuple[str, str]:
    if code.app == KEEPER:
        return _at(row, _KEEPER_TITLE), _at(row, _KEEPER_USER)
    if code.app == ENPASS:
        behind = {plain(row[place]): row[place + 1].strip() for place in range(1, len(row) - 1, 2)}
        return _at(row, 0), next((behind[name] for name in _USERS if behind.get(name)), "")
    columns = {plain(name): place for place, name in reversed(list(enumerate(header)))}

    def of(names: Sequence[str]) -> str:
        return next(
            (_at(row, columns[name]) for name in names if name in columns and _at(row, columns[name])), ""
        )

    title = of(_TITLES) or site_of(of(_SITES))
    return title, of(_USERS)


def _at(row: Sequence[str], place: int) -> str:
    return row[place].strip() if place < len(row) else ""
