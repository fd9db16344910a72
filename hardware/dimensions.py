"""The sourced outside dimensions of `dimensions.toml`, for case, models and checks alike."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).resolve().parent / "dimensions.toml"
#: How a figure may have come here, from the surest on; see the table's head.
WAYS = ("drawing", "footprint", "standard", "memory")


@cache
def _table() -> dict[str, dict[str, Any]]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def mm(part: str, name: str) -> float:
    """The figure `name` of `part` in mm. Raises KeyError if there is none."""
    return float(_table()[part][name]["mm"])


def figures() -> dict[tuple[str, str], dict[str, Any]]:
    """Each figure by part and name: `mm`, `at`, `read`, and the `drawing` it is in."""
    return {
        (part, name): {**value, "drawing": row["drawing"]}
        for part, row in _table().items()
        for name, value in row.items()
        if isinstance(value, dict)
    }
