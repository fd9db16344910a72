"""Which tests run which functions of the firmware: those alone try a mutant, the quickest first.

As a plugin of pytest (`-p tests.mutants.reach`), it writes down what each test ran of the modules whose paths
TOTPKEY_REACH_OF names, to the file TOTPKEY_REACH_TO. What other processes run is not seen.
"""

from __future__ import annotations

import ast
import json
import os
import sys
import threading
import time
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

OF, TO = "TOTPKEY_REACH_OF", "TOTPKEY_REACH_TO"
#: A module's path, and the line of the first decorator or the `def` of one of its functions, or MODULE.
Place = tuple[str, int]
#: What stands outside of all functions.
MODULE = 1


@dataclass
class Reach:
    """The seconds that each test took, and the functions that it ran."""

    seconds: dict[str, float] = field(default_factory=dict[str, float])
    ran: dict[Place, set[str]] = field(default_factory=dict[Place, set[str]])

    @classmethod
    def read(cls, files: Iterable[Path]) -> Reach:
        reach = cls()
        for file in files:
            for line in file.read_text(encoding="utf-8").splitlines():
                test, seconds, places = json.loads(line)
                reach.seconds[test] = seconds
                for path, first in places:
                    reach.ran.setdefault((path, first), set()).add(test)
        return reach

    def tests(self, place: Place, budget: float) -> list[str]:
        """The quickest tests that run that function, the quickest first: `budget` s of them, or one.

        Code outside of functions ran as the tests were collected, so it counts for each test of the module.
        """
        path, first = place
        places = [place] if first != MODULE else [one for one in self.ran if one[0] == path]
        ran = {test for one in places for test in self.ran.get(one, ())}
        found, spent = list[str](), 0.0
        for test in sorted(ran, key=lambda test: (self.seconds[test], test)):
            spent += self.seconds[test]
            if found and spent > budget:
                break
            found.append(test)
        return found


def function_at(source: str, line: int) -> int:
    """The first line of the innermost function around a line, or MODULE where there is none."""
    around = [
        min([node.lineno, *(part.lineno for part in node.decorator_list)])
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
        # The line of the `def` itself, with the defaults, runs with what is around.
        and node.lineno < line <= (node.end_lineno or line)
    ]
    return max(around, default=MODULE)


class _Recorder:
    """Writes down each test, how long it took, and what it ran."""

    def __init__(self, of: Iterable[str], to: Path) -> None:
        self._of = tuple(of)
        self._to = to
        self._paths: dict[str, str | None] = {}
        self._ran: set[Place] = set()

    def _path(self, name: str) -> str | None:
        if name not in self._paths:
            self._paths[name] = next((path for path in self._of if f"/{name}".endswith(f"/{path}")), None)
        return self._paths[name]

    def trace(self, frame: FrameType, event: str, argument: Any) -> None:
        """See that a function begins. Its lines are not followed."""
        path = self._path(frame.f_code.co_filename)
        if path:
            self._ran.add((path, frame.f_code.co_firstlineno))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        self._ran.clear()
        begun = time.monotonic()
        threading.settrace(self.trace)
        sys.settrace(self.trace)
        try:
            done = yield
        finally:
            sys.settrace(None)
            threading.settrace(None)
        line = json.dumps([item.nodeid, round(time.monotonic() - begun, 3), sorted(self._ran)])
        with self._to.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        return done


def pytest_configure(config: pytest.Config) -> None:
    if OF in os.environ:
        recorder = _Recorder(os.environ[OF].split(os.pathsep), Path(os.environ[TO]))
        config.pluginmanager.register(recorder, "totpkey reach")
