"""The table of parts, `parts.toml`: one row for each part number, expanded to one entry per reference."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NamedTuple

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


def load(table: Path = TABLE) -> dict[str, Part]:
    """Return all parts by reference. Raise ValueError if a reference is used twice."""
    data = tomllib.loads(table.read_text(encoding="utf-8"))
    entries = [_part(row, ref) for row in data["part"] for ref in row["refs"]]
    for row in data["pad"]:
        entries += [
            Part(ref, value, row["symbol"], row["footprint"])
            for ref, value in zip(row["refs"], row["values"], strict=True)
        ]
    found = {entry.ref: entry for entry in entries}
    if len(found) != len(entries):
        raise ValueError("a reference stands twice in the table of parts")
    return found


def _part(row: dict[str, str], ref: str) -> Part:
    keys = ("value", "symbol", "footprint", "maker", "mpn", "datasheet")
    return Part(ref, *(row[key] for key in keys))
