"""Markers that say what a test needs: `pytest -m "browser and not slow"`."""

from __future__ import annotations

import pytest

#: The markers by the fixtures that imply them. Tests on the chip are marked individually.
_BY_FIXTURE = {
    "browser": ("chromium", "firefox", "browser"),
    "desktop": ("desktop", "display", "compositor"),
}
#: Markers of tests that start a program which keeps a core busy: see `tests.support.places`.
BIG = {"browser", "desktop", "windows", "kernel"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        for marker, names in _BY_FIXTURE.items():
            if any(name in fixtures for name in names):
                item.add_marker(marker)
