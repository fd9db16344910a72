"""The journal as a table for spreadsheet programs: CSV (RFC 4180)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

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
