"""The table of parts, `parts.toml`: one row for each part number, expanded to one entry per reference."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

TABLE = Path(__file__).resolve().parent / "parts.toml"


class Part(NamedTuple):
    """One part on the board. `mpn` is empty for bare copper."""

    ref: str
    value: str
    symbol: str
    footprint: str
    maker: str = ""
    mpn: str = ""
    datasheet: str = ""
    #: False for a part whose place stays empty.
    fitted: bool = True


def load(table: Path = TABLE) -> dict[str, Part]:
    """Return all parts by reference. Raise ValueError if a reference is used twice."""
    data = tomllib.loads(table.read_text(encoding="utf-8"))
    entries = [
        _part(row, ref)._replace(fitted=is_fitted(data, row)) for row in data["part"] for ref in row["refs"]
    ]
    for row in data["pad"]:
        entries += [
            Part(ref, value, row["symbol"], row["footprint"])
            for ref, value in zip(row["refs"], row["values"], strict=True)
        ]
    found = {entry.ref: entry for entry in entries}
    if len(found) != len(entries):
        raise ValueError("a reference stands twice in the table of parts")
    return found


def is_fitted(data: dict[str, Any], row: dict[str, Any]) -> bool:
    """Return whether the table fits the parts of `row`, which may belong to an option."""
    return "only_with" not in row or bool(data[row["only_with"]])


def _part(row: dict[str, str], ref: str) -> Part:
    value, symbol, footprint = row["value"], row["symbol"], row["footprint"]
    return Part(ref, value, symbol, footprint, row["maker"], row["mpn"], row["datasheet"])
