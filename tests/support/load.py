"""Tells of each failure at once, and at the end how busy the machine was and how long places were waited for.

Where a machine was asked for far more than it can do, a test may have failed because a wait was too short.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.support.places import places

_WAITED = "waited for places"
#: How long a test waits on an idle machine for what a person would see at once, in s.
_PATIENCE = 10.0
#: The longest such wait on a busy machine, in s.
_MOST_PATIENCE = 60.0


def patience() -> float:
    """Return how long to wait now for what a person would see at once, in s.

    Where programs want more cores than there are, all of them get on the more slowly.
    """
    return min(_PATIENCE * max(1.0, _load() / (os.cpu_count() or 1)), _MOST_PATIENCE)


class Load:
    """Follows the load average of the last minute, which is how many programs want a core."""

    def __init__(self) -> None:
        self._begin = self._peak = _load()
        #: How long all processes waited for places, and the longest time at once, in s.
        self._waited = self._longest = 0.0

    def pytest_runtest_logreport(self) -> None:
        self._peak = max(self._peak, _load())

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self._add(*getattr(node, "workeroutput", {}).get(_WAITED, (0.0, 0.0)))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        self._add(places.waited, places.longest)
        end = _load()
        terminalreporter.write_line(
            f"load: {os.cpu_count()} cores, load average {self._begin:.1f} at the beginning,"
            f" {max(self._peak, end):.1f} at most, {end:.1f} at the end;"
            f" places were waited for {self._waited:.1f} s in all, {self._longest:.1f} s at most"
        )

    def _add(self, waited: float, longest: float) -> None:
        self._waited, self._longest = self._waited + waited, max(self._longest, longest)


class Failures:
    """Writes a line for each failure, in the process that shows the progress."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if report.outcome in ("failed", "rerun") and terminal:
            terminal.write_line(f"\n{report.outcome}: {report.nodeid}")


def _load() -> float:
    # Windows has none.
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Load())
        config.pluginmanager.register(Failures(config))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[_WAITED] = (places.waited, places.longest)
