"""The sourced outside dimensions in `dimensions.toml`, shared by case, models and checks."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).resolve().parent / "dimensions.toml"
#: The possible sources of a figure, most reliable first; see the head of the table.
WAYS = ("drawing", "footprint", "standard", "copy", "memory")


#: The figures of boards that one buys, from their makers' files.
BOUGHT = TABLE.parent / "kits" / "boards.toml"


def bought(name: str) -> dict[str, Any]:
    """Return the figures of a board that one buys."""
    return dict(tomllib.loads(BOUGHT.read_text(encoding="utf-8"))[name])


@cache
def _table() -> dict[str, dict[str, Any]]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def mm(part: str, name: str) -> float:
    """Return the figure `name` of `part` in mm. Raise KeyError if there is none."""
    return float(_table()[part][name]["mm"])


def figures() -> dict[tuple[str, str], dict[str, Any]]:
    """Return each figure by part and name: `mm`, `at`, `read`, and the `drawing` that shows it."""
    return {
        (part, name): {**value, "drawing": row["drawing"]}
        for part, row in _table().items()
        for name, value in row.items()
        if isinstance(value, dict)
    }
