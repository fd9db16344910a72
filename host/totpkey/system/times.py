"""This computer's time. Commands ask for it here alone, so that tests can drive it."""

from __future__ import annotations

import time
from typing import Protocol


class Source(Protocol):
    """What tells the time, as the module `time` does."""

    def time(self) -> float: ...

    def monotonic(self) -> float: ...

    def sleep(self, seconds: float, /) -> None: ...


source: Source = time


def now() -> float:
    """Unix time in seconds."""
    return source.time()


def ticks() -> float:
    """A steady clock in seconds."""
    return source.monotonic()


def wait(seconds: float) -> None:
    source.sleep(seconds)
