"""Which tests run: representatives by `make test`, more cases by `make test-all`, and what a test needs.

The marker `needs` names that: `pytest -m "needs and not slow"`.
"""

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


#: Needs by the fixtures that imply them. Tests on the chip are marked individually.
_BY_FIXTURE = {
    "browser": ("chromium", "firefox", "browser"),
    "desktop": ("desktop", "display", "compositor"),
}
KNOWN = {"browser", "desktop", "hardware", "windows", "kernel", "tvl"}
#: What keeps a core busy: see `tests.support.places`.
BIG = {"browser", "desktop", "windows", "kernel"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        for marker, names in _BY_FIXTURE.items():
            if any(name in fixtures for name in names):
                item.add_marker(pytest.mark.needs(marker))


def marks(item: pytest.Item) -> set[str]:
    """The names of a test's markers, and what it needs."""
    needed = {need for mark in item.iter_markers("needs") for need in mark.args}
    if unknown := needed - KNOWN:
        raise pytest.UsageError(f"{item.nodeid} needs what nobody knows: {', '.join(unknown)}")
    return needed | {mark.name for mark in item.iter_markers()}
