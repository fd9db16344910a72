"""What a test needs, by the marker `needs`: `pytest -m "needs and not slow"`."""

from __future__ import annotations

import pytest

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
