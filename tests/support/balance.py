"""Distribute the tests over the cores by how long each took last time, longest first.

`pytest -n` gives each core a share of the tests, and a core that is done takes over half of another's
remaining tests (`--dist worksteal`). The small tests at the end therefore even out when the cores finish. The
tests of a folder and of a file stay together, since they share fixtures: a browser, for instance.
"""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

_CACHE = "totpkey/seconds"
#: The assumed time in s of a test without a record, by its first marker.
_UNSEEN = {"chip": 5.0, "browser": 2.0, "slow": 5.0, "desktop": 5.0}
_UNSEEN_OTHERS = 0.1

#: Tests wait for keys in real time, browsers and desktops for two thirds of the time that they take.
_WORKERS_PER_CORE, _MOST_WORKERS = 3, 8

Seconds = dict[str, float]


class Controller:
    """Records how long tests take, and passes the figures to all worker processes so that they sort alike."""

    def __init__(self, config: pytest.Config) -> None:
        # None if pytest runs without its cache.
        self._cache: pytest.Cache | None = getattr(config, "cache", None)
        self._before: Seconds = (self._cache.get(_CACHE, None) or {}) if self._cache else {}
        self._now: defaultdict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._now[report.nodeid] += report.duration

    def pytest_sessionfinish(self) -> None:
        if self._cache and self._now:
            self._cache.set(_CACHE, self._before | {at: round(s, 2) for at, s in self._now.items()})

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[_CACHE] = self._before


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return how many processes share the tests under `pytest -n auto`."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(_WORKERS_PER_CORE * cores, _MOST_WORKERS)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Controller(config))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a worker process, sort the folders, and the files in each, by how long their tests take."""
    seconds: Seconds | None = getattr(config, "workerinput", {}).get(_CACHE)
    if seconds is not None:
        takes: defaultdict[Path, float] = defaultdict(float)
        for item in items:
            for place in (item.path.parent, item.path):
                takes[place] += seconds.get(item.nodeid) or _unseen(item)
        items.sort(key=lambda item: (-takes[item.path.parent], item.path.parent, -takes[item.path]))


def _unseen(item: pytest.Item) -> float:
    return next((s for name, s in _UNSEEN.items() if item.get_closest_marker(name)), _UNSEEN_OTHERS)
