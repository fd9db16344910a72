"""Names each failed test at once, for people who watch a long run, and for a run that is interrupted."""

from __future__ import annotations

import pytest


class Failures:
    """Writes a line for each failure, in the process that shows the progress."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if report.outcome in ("failed", "rerun") and terminal:
            terminal.write_line(f"\n{report.outcome}: {report.nodeid}")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Failures(config))
