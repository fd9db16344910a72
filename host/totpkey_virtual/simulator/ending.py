"""How a run of Python may end, and what CircuitPython does then."""

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
    """What `supervisor.set_next_code_file` asked for: the file, if not code.py, and after which ends of it
    to run again, and to remember all this."""

    path: str | None
    reload_on: set[Outcome]
    sticky_on: set[Outcome]
