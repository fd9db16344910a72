"""Runs parts of the page's code without a page, in Node.js, which has the same engine as Chromium.

One Node.js runs all programs of a process, because a start takes longer than most runs. The page's libraries
are evaluated once, because that takes ten times as long as for the page's rules. tests/mutants/page takes the
place of `code_of` and `result_of`.
"""

from __future__ import annotations

import atexit
import json
import math
import resource
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest

import build_page
import page_packages
from tests.support.judges import from_npm

_PROGRAMS = page_packages.PAGE / "programs.js"
#: What a mutant may make larger and larger, in MB.
_MEMORY = 1024
#: A run has no end if it reaches its mutant so many times as often as the code as it is did, and some;
_PATIENCE, _AND_SOME = 100, 1000
#: or if it takes so many times as long, and some, in s of processor time, which other programs do not change.
_LONGER, _AND_SECONDS = 10, 10


@dataclass(frozen=True)
class Outcome:
    """What a run gave, as JSON, or the error that ended it."""

    result: str
    error: str = ""
    #: How often each switch was reached while the modules were evaluated, and after that.
    loaded: dict[str, int] = field(default_factory=dict, compare=False)
    hits: dict[str, int] = field(default_factory=dict, compare=False)
    #: Processor time in s.
    seconds: float = field(default=0, compare=False)

    def count(self, switch: str) -> int:
        """How often that switch was reached."""
        return self.loaded.get(switch, 0) + self.hits.get(switch, 0)

    def told(self) -> str:
        """The result. Raises AssertionError for an error."""
        assert not self.error, self.error
        return self.result


class Programs:
    """Runs programs, each with at most one mutant, after a script that runs once: the page's libraries."""

    def __init__(self, first: str) -> None:
        self._first = first
        self._node: subprocess.Popen[str] | None = None
        #: Processor time of the present Node.js, and the code that it has.
        self._used: float = 0
        self._known: set[str] = set()

    def run(self, code: str, main: str, mutant: str = "", as_it_is: Outcome | None = None) -> Outcome:
        """Run `main` after `code`, with that mutant's switch on, and limits by what it did `as_it_is`."""
        running, name = self._running(), str(hash(code))
        request: dict[str, Any] = {"name": name, "main": main, "mutant": mutant or None}
        if as_it_is:
            request["limit"] = _PATIENCE * as_it_is.count(mutant) + _AND_SOME
            self._end_at(self._used + _AND_SECONDS + _LONGER * as_it_is.seconds)
        if name not in self._known:
            self._known.add(name)
            request["code"] = code
        answer = _answer(running, request)
        if not answer:
            self.close()
            slow = running.returncode == -signal.SIGXCPU
            return Outcome("", "it has no end" if slow else f"Node.js ended with {running.returncode}")
        taken, self._used = answer["seconds"] - self._used, answer["seconds"]
        if as_it_is:
            self._end_at(math.inf)
        result, error = answer.get("result", ""), answer.get("error", "")
        return Outcome(result, error, answer["loaded"], answer["hits"], taken)

    def _end_at(self, seconds: float) -> None:
        """End Node.js when it has used so much processor time. Only Linux can, and only mutants need it."""
        assert self._node
        soft = resource.RLIM_INFINITY if math.isinf(seconds) else math.ceil(seconds)
        resource.prlimit(self._node.pid, resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))

    def _running(self) -> subprocess.Popen[str]:
        if not self._node:
            command = [node(), f"--max-old-space-size={_MEMORY}", str(_PROGRAMS)]
            self._node = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
            _tell(self._node, self._first)
        return self._node

    def close(self) -> None:
        """End Node.js. The next run starts it anew."""
        if self._node:
            self._node.communicate()
        self._node, self._used = None, 0
        self._known.clear()


def node() -> str:
    """Node.js. Skips the test without it."""
    found = shutil.which("node")
    if not found:
        pytest.skip("there is no Node.js")
    return found


def _tell(running: subprocess.Popen[str], line: object) -> None:
    assert running.stdin
    running.stdin.write(json.dumps(line) + "\n")
    running.stdin.flush()


def _answer(running: subprocess.Popen[str], request: dict[str, Any]) -> dict[str, Any]:
    """What Node.js answers; nothing if it ended."""
    _tell(running, request)
    assert running.stdout
    line = running.stdout.readline()
    return dict(json.loads(line)) if line else {}


@cache
@from_npm
def code_of(modules: tuple[str, ...]) -> str:
    """A script that makes the exports of those modules global. Skips the test where none can be built."""
    return build_page.module_for_tests(*modules)


def run(modules: tuple[str, ...], body: str, given: object) -> Any:
    """Run `body`, JavaScript that has `given` and the exports of `modules`, and return its result.

    Skip the test without Node.js.
    """
    return json.loads(result_of(code_of(modules), f"(async (given) => {{ {body} }})({json.dumps(given)})"))


def each(modules: tuple[str, ...], function: str, given: Sequence[object]) -> Any:
    """Return what a function of JavaScript gives for each; of a problem that it throws, `[name, values]`."""
    body = f"""
        const outcome = async (one) => {{
          try {{
            return await ({function})(one);
          }} catch (problem) {{
            if (!problem.values) throw problem;
            return [problem.name, problem.values];
          }}
        }};
        const all = [];
        for (const one of given) all.push(await outcome(one));
        return all;
    """
    return run(modules, body, given)


def result_of(code: str, main: str) -> str:
    """The JSON of what `main`, a promise, gives after `code`."""
    return _programs().run(code, main).told()


@cache
def _programs() -> Programs:
    programs = Programs(build_page.libraries_for_tests())
    atexit.register(programs.close)
    return programs
