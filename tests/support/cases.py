"""Cases that `make test` leaves to `make test-all`: others of the same test stand for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeVar

import pytest

Case = TypeVar("Case")


def slow(*values: object) -> object:
    """One case that only `make test-all` runs."""
    return pytest.param(*values, marks=pytest.mark.slow)


def sampled(cases: Iterable[Case], quick: Collection[Case]) -> list[object]:
    """All `cases`, of which `make test` runs those in `quick`."""
    return [case if case in quick else slow(case) for case in cases]
