"""Fixtures: a simulated key, a terminal that runs commands, real desktops."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.layouts.desktop import INPUT_METHODS, Desktop
from tests.support.terminal import desk, make_desk, world

__all__ = ["desk", "desktop", "make_desk", "world"]


@pytest.fixture(scope="module", params=INPUT_METHODS)
def desktop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    method = INPUT_METHODS[request.param]
    if absent := method.missing():
        pytest.skip(f"not installed: {' '.join(absent)}")
    desktop = Desktop(tmp_path_factory.mktemp("desktop"), method)
    try:
        desktop.start()
        yield desktop
    finally:
        desktop.stop()
