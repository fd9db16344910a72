"""SQLite databases of apps, from a rooted phone: Google's and Microsoft's Authenticator, Stratum."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from totpkey_readers.formats import stratum
from totpkey_readers.records import strays, texts
from totpkey_readers.records.account import HOTP, TOTP, Reading
from totpkey_readers.records.contents import AskPassword, Contents, account
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import Problem

if TYPE_CHECKING:
    import sqlite3

MAGIC = b"SQLite format 3\0"
GOOGLE = "Google Authenticator's database"
MICROSOFT = "Microsoft Authenticator"
STRATUM = "Stratum's database"
#: Table, and the columns that only this app's has.
_TABLES = {
    GOOGLE: ("accounts", {"email", "secret", "counter", "original_name"}),
    MICROSOFT: ("accounts", {"oath_secret_key", "account_type", "username"}),
    STRATUM: ("authenticator", {"issuer", "username", "secret", "ranking"}),
}
_GOOGLE_TYPES = {0: TOTP, 1: HOTP}
_MICROSOFT_TOTP, _MICROSOFT_OWN = 0, 1
#: Microsoft's own accounts have eight digits.
_OWN_DIGITS = 8
_MOST_ROWS = 100_000
#: The longest value, in bytes, and how many thousand instructions of SQLite's one file may cost.
_LONGEST_VALUE = 1 << 20
_MOST_STEPS = 50_000
#: Bytes of a database's header.
_HEADER = 100


def recognises(data: bytes) -> bool:
    if not data.startswith(MAGIC):
        return False
    if _is_cut_off(data):
        return True
    try:
        return _format(_connect(data)) != ""
    except Problem:
        # The app is unknown now. Reading it will report the damage.
        return True


def read(data: bytes, ask: AskPassword) -> Contents:
    """The accounts. Raises Problem."""
    if _is_cut_off(data):
        raise Problem("cut_off")
    connection = _connect(data)
    contents = Contents(_format(connection))
    table = _TABLES[contents.format][0]
    for number, row in enumerate(_rows(connection, table), 1):
        strays.seen_in(row)
        if contents.format == MICROSOFT and not str(row.get("oath_secret_key", "")).strip():
            # An account that only gets push messages has no code.
            contents.pass_over()
            continue
        fields = Fields(row)
        contents.take(f"entry {number}", partial(_READERS[contents.format], fields), _name(row), row)
    return contents


def _is_cut_off(data: bytes) -> bool:
    """Whether whole pages are missing. In the header, a page size of 1 means 65 536 bytes."""
    if len(data) < _HEADER:
        return True
    page_size = int.from_bytes(data[16:18], "big")
    size = 1 << 16 if page_size == 1 else page_size
    return size == 0 or len(data) % size != 0 or size * int.from_bytes(data[28:32], "big") > len(data)


def _connect(data: bytes) -> sqlite3.Connection:
    """Open it in memory, so that no file holds it. A separate log is ignored."""
    import sqlite3

    image = bytearray(data)
    # Mark it as a database without a log, since there is none in memory.
    image[18:20] = b"\x01\x01"
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(bytes(image))
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
        for pragma in ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON"):
            connection.execute(f"PRAGMA {pragma}")
    except (sqlite3.Error, AttributeError, OverflowError):
        raise Problem("sqlite_damaged") from None
    connection.set_authorizer(_authorize)
    connection.set_progress_handler(_Steps().count, 1000)
    return connection


class _Steps:
    """Ends a query that runs too long, as those that a hostile file defines may run for ever."""

    def __init__(self) -> None:
        self._thousands = 0

    def count(self) -> bool:
        self._thousands += 1
        return self._thousands > _MOST_STEPS


def _authorize(action: int, first: str | None, second: str | None, *_where: str | None) -> int:
    """Allow reading tables and listing their columns, and nothing that the file could define itself."""
    import sqlite3

    reads = action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ)
    lists = action == sqlite3.SQLITE_PRAGMA and first in ("table_xinfo", "table_list")
    return sqlite3.SQLITE_OK if reads or lists else sqlite3.SQLITE_DENY


def _format(connection: sqlite3.Connection) -> str:
    for name, (table, columns) in _TABLES.items():
        if columns <= _columns(connection, table):
            return name
    return ""


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    import sqlite3

    try:
        # A view, a virtual table or a computed column is a program, which no app writes for its accounts.
        kinds = {row[2] for row in connection.execute(f"PRAGMA table_list({table})")}
        if kinds != {"table"}:
            return set()
        columns = connection.execute(f"PRAGMA table_xinfo({table})").fetchall()
        return set() if any(row[6] for row in columns) else {row[1] for row in columns}
    except sqlite3.Error:
        raise Problem("sqlite_damaged") from None


def _rows(connection: sqlite3.Connection, table: str) -> Iterator[dict[str, object]]:
    import sqlite3

    try:
        # The table's name is one of the constants above.
        cursor = connection.execute(f"SELECT * FROM {table} LIMIT {_MOST_ROWS}")  # noqa: S608
        names = [column[0] for column in cursor.description]
        for row in cursor:
            yield dict(zip(names, row, strict=True))
    except sqlite3.Error:
        raise Problem("sqlite_damaged") from None


def _name(row: dict[str, object]) -> str:
    values = (row.get(name) for name in ("issuer", "name", "email", "username"))
    return ":".join(value for value in values if isinstance(value, str) and value)[:80]


def _read_google(row: Fields) -> Reading:
    if row.number("isencrypted", 0):
        raise Problem("phone_sealed")
    kind = row.number("type", 0)
    if kind not in _GOOGLE_TYPES:
        raise Problem("out_of_range", field="type")
    prefix, colon, label = row.text("email", "").partition(":")
    issuer = row.text("issuer", "") or (prefix if colon else "")
    own = label if colon and prefix == issuer else row.text("email", "")
    return account(issuer, own, row.text("secret"), _GOOGLE_TYPES[kind], counter=row.number("counter", 0))


def _read_microsoft(row: Fields) -> Reading:
    kind, secret = row.number("account_type"), row.text("oath_secret_key")
    if kind == _MICROSOFT_OWN:
        plain = texts.from_base64(secret, "oath_secret_key")
        return account(row.text("name", ""), row.text("username", ""), plain, digits=_OWN_DIGITS)
    if kind != _MICROSOFT_TOTP:
        raise Problem("company")
    return account(row.text("name", ""), row.text("username", ""), secret)


def _read_stratum(row: Fields) -> Reading:
    return stratum.read_entry(row.renamed(str.capitalize))


_READERS = {GOOGLE: _read_google, MICROSOFT: _read_microsoft, STRATUM: _read_stratum}
