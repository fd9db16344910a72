"""How a run of Python can end, and what CircuitPython does next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Outcome(Enum):
    """How a run of Python ended."""

    DONE = auto()
    FAILED = auto()
    RELOAD = auto()


class Reload(BaseException):
    """`supervisor.reload()`: this run of code.py ends and the next one starts."""


@dataclass
class NextCode:
    """The arguments of `supervisor.set_next_code_file`: the file if not code.py, after which endings to run
    it
    again, and whether to keep these settings."""

    path: str | None
    reload_on: set[Outcome]
    sticky_on: set[Outcome]
