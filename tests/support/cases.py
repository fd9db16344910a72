"""Test cases that only `make test-all` runs; `make test` runs representatives of them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from typing import TypeVar

import pytest

Case = TypeVar("Case")
#: How many codes are typed into one kind of computer: few in a test, 1000 by `make codes`.
CODES = int(os.environ.get("TOTPKEY_CODES", "20"))


def slow(*values: object, id: str | None = None) -> object:
    """Return one case that only `make test-all` runs."""
    return pytest.param(*values, marks=pytest.mark.slow, id=id)


def sampled(
    cases: Iterable[Case], quick: Collection[Case], rest: Collection[Case] | None = None
) -> list[object]:
    """Return all `cases`; `make test` runs only those in `quick`.

    Where `rest` is given, `make test-rest` adds only those in it, and `make test-whole` the others.
    """
    return [_marked(case, case in quick, rest is None or case in rest) for case in cases]


def _marked(case: object, quick: bool, in_rest: bool) -> object:
    if quick:
        return case
    return slow(case) if in_rest else pytest.param(case, marks=pytest.mark.whole)
