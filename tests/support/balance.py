"""Distribute the tests over the cores by how long each took last time, longest first.

`pytest -n` gives each process the same number of tests, in the order that they come in, and a process that is
done takes over the last half of another's (`--dist worksteal`). So each process begins with files of long
tests, and ends with short ones, which even out when the cores finish. The tests of a file stay together, as
they share fixtures. Those that need one of the machine's places for big programs come first, and in as many
processes as there are places, so that nobody waits for one (`tests.support.places`).
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.cases import marks
from tests.support.places import PLACES, needs_place

_CACHE = "totpkey/seconds"
#: The assumed time in s of a test without a record, by its first mark (`needs.marks`).
_UNSEEN = {"chip": 5.0, "browser": 2.0, "slow": 5.0, "desktop": 5.0}
_UNSEEN_OTHERS = 0.1
#: The tests of a file are long if one of them takes so many seconds.
_LONG = 1.0

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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sort the tests in a worker process. All processes come to the same order.

    This runs after `parts` has left tests out, since that plugin stands before this one in the conftest.
    """
    worker: dict[str, Any] = getattr(config, "workerinput", {})
    if worker:
        files = [_File.of(tests, worker[_CACHE]) for tests in _by_file(items)]
        items[:] = _shared_out(files, worker["workercount"])


class _File(NamedTuple):
    tests: Sequence[pytest.Item]
    #: What its longest test takes, and all of them together, in s.
    longest: float
    takes: float
    needs_place: bool

    @classmethod
    def of(cls, tests: Sequence[pytest.Item], seconds: Seconds) -> _File:
        takes = [seconds.get(test.nodeid) or _unseen(test) for test in tests]
        return cls(tests, max(takes), sum(takes), any(map(needs_place, tests)))

    @property
    def is_long(self) -> bool:
        """Whether it is shared out before the others."""
        return self.needs_place or self.longest >= _LONG

    def turn(self) -> tuple[bool, str, float]:
        """Return a key to sort by. Files of one folder share a browser."""
        folder = str(self.tests[0].path.parent) if self.needs_place else ""
        return self.needs_place, folder, self.longest


def _by_file(items: Iterable[pytest.Item]) -> Iterable[Sequence[pytest.Item]]:
    found: defaultdict[Path, list[pytest.Item]] = defaultdict(list)
    for item in items:
        found[item.path].append(item)
    return found.values()


def _shared_out(files: Sequence[_File], workers: int) -> list[pytest.Item]:
    """Return all tests in the order by which each of the workers begins with its share of the long ones."""
    long: list[list[_File]] = [[] for _ in range(workers)]
    for file in sorted(files, key=lambda file: (file.needs_place, file.takes), reverse=True):
        if file.is_long:
            allowed = long[:PLACES] if file.needs_place else long
            min(allowed, key=lambda begun: sum(other.takes for other in begun)).append(file)
    short = iter([test for file in files if not file.is_long for test in file.tests])
    each = -(-sum(len(file.tests) for file in files) // workers)
    order: list[pytest.Item] = []
    for begun in long:
        begun.sort(key=_File.turn, reverse=True)
        share = [test for file in begun for test in file.tests]
        order += [*share, *islice(short, max(0, each - len(share)))]
    return [*order, *short]


def _unseen(item: pytest.Item) -> float:
    has = marks(item)
    return next((s for name, s in _UNSEEN.items() if name in has), _UNSEEN_OTHERS)
