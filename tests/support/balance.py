"""Spreads the tests over the cores by what each took last time: the longest begin first.

`pytest -n` gives each core a part of the tests, and a core that is done takes half of what another has left
(`--dist worksteal`). So the small ones, which come last, even out when the cores end. A file's tests stay
together, since they share what its fixtures have made.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

_CACHE = "totpkey/seconds"
#: Taken for the time of a test that was never seen, by the first marker that it has, in s.
_UNSEEN = {"chip": 5.0, "browser": 2.0, "slow": 5.0, "desktop": 5.0}
_UNSEEN_OTHERS = 0.1

Seconds = dict[str, float]


class Controller:
    """Keeps what tests take, and hands it to the processes that run them, so that all sort alike."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._before: Seconds = config.cache.get(_CACHE, None) or {} if config.cache else {}
        self._now: defaultdict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._now[report.nodeid] += report.duration

    def pytest_sessionfinish(self) -> None:
        if self._config.cache and self._now:
            self._config.cache.set(_CACHE, self._before | {at: round(s, 2) for at, s in self._now.items()})

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[_CACHE] = self._before


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Controller(config))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several processes share the tests, sort their files by what they take."""
    seen: Seconds | None = getattr(config, "workerinput", {}).get(_CACHE)
    if seen is not None:
        files: defaultdict[Path, float] = defaultdict(float)
        for item in items:
            files[item.path] += seen.get(item.nodeid) or _unseen(item)
        items.sort(key=lambda item: -files[item.path])


def _unseen(item: pytest.Item) -> float:
    return next((s for name, s in _UNSEEN.items() if item.get_closest_marker(name)), _UNSEEN_OTHERS)
