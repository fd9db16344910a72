"""What a file may cost to open: each names its own cost of derivation, and a hostile one takes the day.

All derivations for one file count together: a file may have several slots. The seconds are those of one core
of a computer of today, as measured; what they take on this one nobody knows beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from totpkey_readers.records.problem import Problem

_MIB = 1024 * 1024
#: Seconds for a MiB of scrypt, for a MiB of one pass of Argon2, and for 1000 rounds of PBKDF2 and of AES.
_SCRYPT, _ARGON2, _PBKDF2, _AES = 0.0033, 0.0012, 0.0005, 0.00004


@dataclass
class Budget:
    """Seconds for one file, and MiB of memory at once."""

    seconds: float
    memory: int
    is_patient: bool = False
    spent: float = 0.0


def _usual() -> Budget:
    """More than any app takes by itself: most take a second."""
    return Budget(seconds=30, memory=1024)


_current: ContextVar[Budget | None] = ContextVar("budget", default=None)
#: Called before each derivation with its seconds and its MiB of memory.
Announce = Callable[[float, float], None]
_announce: ContextVar[Announce] = ContextVar("announce")


@contextmanager
def bounded(patient: bool) -> Iterator[None]:
    """The limit for all that is opened within it, as one file. `patient` allows an hour and 4 GiB."""
    token = _current.set(Budget(seconds=3600, memory=4096, is_patient=True) if patient else _usual())
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def announced(announce: Announce) -> Iterator[None]:
    """Within it, `announce` is called before each derivation."""
    token = _announce.set(announce)
    try:
        yield
    finally:
        _announce.reset(token)


def scrypt(n: int, r: int, p: int) -> None:
    """Raises Problem, as the others do."""
    size = 128 * n * r / _MIB
    _spend(size * p * _SCRYPT, size)


def argon2(memory: int, passes: int) -> None:
    """`memory` in KiB."""
    size = memory / 1024
    _spend(size * passes * _ARGON2, size)


def pbkdf2(rounds: int) -> None:
    _spend(rounds / 1000 * _PBKDF2, 0)


def aes(rounds: int) -> None:
    _spend(rounds / 1000 * _AES, 0)


def _spend(seconds: float, memory: float) -> None:
    budget = _current.get() or _usual()
    budget.spent += seconds
    if budget.spent <= budget.seconds and memory <= budget.memory:
        announce = _announce.get(None)
        if announce is not None:
            announce(seconds, memory)
        return
    raise Problem(
        "costly",
        time=round(budget.spent),
        memory=round(memory),
        most=round(budget.seconds),
        room=budget.memory,
        patient=budget.is_patient,
    )
