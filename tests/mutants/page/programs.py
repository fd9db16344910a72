"""One Node.js for all runs of all mutants, because a start takes longer than most runs."""

from __future__ import annotations

import json
import math
import resource
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import page_packages
from tests.page import scripts

_PROGRAMS = page_packages.PAGE / "mutants" / "programs.js"
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
    """Runs programs, each with at most one mutant, after the script `first`."""

    def __init__(self, first: Path) -> None:
        self._first = first
        self._node: subprocess.Popen[str] | None = None
        #: Processor time of the present Node.js, and the code that it has.
        self._used: float = 0
        self._known: set[str] = set()

    def run(self, code: str, main: str, mutant: str = "", as_it_is: Outcome | None = None) -> Outcome:
        """Run `main` after `code`, with that mutant's switch on, and limits by what it did `as_it_is`."""
        node, name = self._running(), str(hash(code))
        request: dict[str, Any] = {"name": name, "main": main, "mutant": mutant or None}
        end = resource.RLIM_INFINITY
        if as_it_is:
            request["limit"] = _PATIENCE * as_it_is.count(mutant) + _AND_SOME
            end = math.ceil(self._used + _AND_SECONDS + _LONGER * as_it_is.seconds)
        resource.prlimit(node.pid, resource.RLIMIT_CPU, (end, resource.RLIM_INFINITY))
        if name not in self._known:
            self._known.add(name)
            request["code"] = code
        answer = _answer(node, request)
        if not answer:
            self.close()
            slow = node.returncode == -signal.SIGXCPU
            return Outcome("", "it has no end" if slow else f"Node.js ended with {node.returncode}")
        taken, self._used = answer["seconds"] - self._used, answer["seconds"]
        result, error = answer.get("result", ""), answer.get("error", "")
        return Outcome(result, error, answer["loaded"], answer["hits"], taken)

    def _running(self) -> subprocess.Popen[str]:
        if not self._node:
            command = [scripts.node(), f"--max-old-space-size={_MEMORY}", str(_PROGRAMS), str(self._first)]
            self._node = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
        return self._node

    def close(self) -> None:
        """End Node.js. The next run starts it anew."""
        if self._node:
            self._node.communicate()
        self._node, self._used = None, 0
        self._known.clear()


def _answer(node: subprocess.Popen[str], request: dict[str, Any]) -> dict[str, Any]:
    """What Node.js answers; nothing if it ended."""
    assert node.stdin
    assert node.stdout
    node.stdin.write(json.dumps(request) + "\n")
    node.stdin.flush()
    line = node.stdout.readline()
    return dict(json.loads(line)) if line else {}
