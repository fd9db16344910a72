"""Test cases that only `make test-all` runs; `make test` runs representatives of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeVar

import pytest

Case = TypeVar("Case")


def slow(*values: object) -> object:
    """Return one case that only `make test-all` runs."""
    return pytest.param(*values, marks=pytest.mark.slow)


def sampled(cases: Iterable[Case], quick: Collection[Case]) -> list[object]:
    """Return all `cases`; `make test` runs only those in `quick`."""
    return [case if case in quick else slow(case) for case in cases]
