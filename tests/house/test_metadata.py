"""What a registry would show of the command: addresses, classifiers, authors. Pyroma judges it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    # Here, since it takes long to import, and every process that runs tests imports this file.
    from pyroma import projectdata

    found: dict[str, Any] = projectdata.get_data(str(ROOT))
    return found


def rated(data: dict[str, Any]) -> tuple[int, list[str]]:
    from pyroma import ratings

    rating: tuple[int, list[str]] = ratings.rate(data)
    return rating


def test_pyroma_gives_it_ten_of_ten(data: dict[str, Any]) -> None:
    assert rated(data) == (10, [])
