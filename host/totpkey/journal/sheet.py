"""The journal as a table for spreadsheet programs: CSV (RFC 4180)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from totpkey.journal.chain import HOWS

#: The columns of a journal.
HEAD = ("number", "time", "trusted", "account", "name", "how", "hash")
#: A cell that begins like this is taken for a formula, also by its full-width forms.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def written(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV. No cell is a formula: an apostrophe stands before what would be one."""
    text = io.StringIO()
    table = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    table.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: str) -> str:
    return "'" + cell if cell.lstrip(" \u3000\u00a0").startswith(_FORMULA) else cell


def read(data: bytes) -> list[tuple[int, bool, str, str]]:
    """Time (0 for none), whether that was trusted, account and how of each entry in a journal's table.

    Raise ValueError for another table.
    """
    head, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    if tuple(head) != HEAD:
        raise ValueError
    return [_entry(dict(zip(HEAD, row, strict=True))) for row in rows]


def _entry(row: dict[str, str]) -> tuple[int, bool, str, str]:
    if row["how"] not in HOWS:
        raise ValueError
    when = datetime.strptime(row["time"], "%Y-%m-%d %H:%M:%S UTC") if row["time"] else None
    time = int(when.replace(tzinfo=UTC).timestamp()) if when else 0
    return time, row["trusted"] == "yes", row["name"] or row["account"], row["how"]
