"""The limits of the process that reads a file: memory, processor time, and what it may reach.

Limits on memory and time are the system's own: `resource` on Linux and macOS, a job object on Windows. Where
the system may not keep them, a thread does. On Linux the system also keeps the process from all that is not
open yet (`linux`); elsewhere only a hook of Python's does, which native code is not bound by.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Any

MIB = 1 << 20


@dataclass(frozen=True)
class Bounds:
    """MiB of memory, and seconds of processor time, beside those that a password's derivation costs."""

    memory: int
    seconds: int


USUAL = Bounds(memory=360, seconds=8)
#: For a person who knows the file.
PATIENT = Bounds(memory=4096, seconds=3600)
#: A slower computer takes this many times what `importers.cost` reckons for a derivation.
_SLOWER = 4
#: What a password's derivation may add, in MiB, without and with patience: see `importers.cost`.
_MOST_DERIVED = 4096

#: With all that passwords may cost: see `formats.cost`.
MOST = Bounds(USUAL.memory + 1024, USUAL.seconds + 30 * _SLOWER + 60)
MOST_PATIENT = Bounds(PATIENT.memory + _MOST_DERIVED, PATIENT.seconds + 3600 * _SLOWER + 60)

#: Exit codes of a process that took too much, where the system itself does not end it.
TOO_MUCH_MEMORY, TOO_MUCH_TIME = 77, 78

if sys.platform == "win32":
    from totpkey_readers.jail import windows_job

    def limit(bounds: Bounds) -> None:
        """Set the limits for this process."""
        windows_job.limit(bounds.memory * MIB, bounds.seconds)
        # Wine has job objects, but keeps none of their limits.
        _watch(bounds)

    def _used() -> int:
        return windows_job.memory()

else:
    import resource

    def limit(bounds: Bounds) -> None:
        """Set the limits for this process."""
        _set(resource.RLIMIT_CORE, 0, 0)
        _set(resource.RLIMIT_FSIZE, 0, 0)
        _limit_work(bounds, bounds.memory + _MOST_DERIVED)

    if sys.platform == "linux":

        def limit_other(process: int, bounds: Bounds) -> None:
            """Set the soft limits of another process, which cannot raise them itself."""
            for which, value in (
                (resource.RLIMIT_CPU, bounds.seconds),
                (resource.RLIMIT_DATA, bounds.memory * MIB),
            ):
                _, most = resource.prlimit(process, which)
                within = value if most == resource.RLIM_INFINITY else min(value, most)
                resource.prlimit(process, which, (within, most))

    def _limit_work(bounds: Bounds, most: int) -> None:
        # At the soft limit of time the system ends the process; Python would not get to handle a signal.
        _set(resource.RLIMIT_CPU, bounds.seconds, resource.RLIM_INFINITY)
        # What is mapped but not written costs nothing, so this counts data, not addresses.
        _set(resource.RLIMIT_DATA, bounds.memory * MIB, most * MIB)
        if sys.platform == "darwin":
            # macOS does not enforce limits on memory.
            _watch(bounds)

    def _set(which: int, soft: int, hard: int) -> None:
        _, now = resource.getrlimit(which)
        if now != resource.RLIM_INFINITY:
            soft = min(soft, now)
            hard = now if hard == resource.RLIM_INFINITY else min(hard, now)
        # A system that does not know a limit refuses it, or one that is below what is in use.
        try:
            resource.setrlimit(which, (soft, hard))
        except (ValueError, OSError):
            return

    def _used() -> int:
        """The most memory that this process has taken so far, in bytes."""
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return used if sys.platform == "darwin" else used * 1024


_watched: list[Bounds] = []


def _watch(bounds: Bounds) -> None:
    """End this process if it ever takes more than that."""
    from threading import Thread

    _watched.append(bounds)
    if len(_watched) == 1:
        Thread(target=_look, daemon=True).start()


def _look() -> None:
    import time

    while _used() < _watched[-1].memory * MIB:
        if time.process_time() > _watched[-1].seconds:
            os._exit(TOO_MUCH_TIME)
        time.sleep(0.02)
    os._exit(TOO_MUCH_MEMORY)


class Allowance:
    """The bounds of one file, which grow by what its password's derivation is known to cost."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._seconds = self._memory = 0.0

    def extended(self, seconds: float, memory: float) -> Bounds:
        """The bounds with a derivation of that many seconds and MiB of memory."""
        # Times add up, and are rounded once: Authy has a derivation for each account. Memory is free again.
        self._seconds += seconds
        self._memory = max(self._memory, memory)
        return Bounds(
            self._bounds.memory + round(self._memory),
            self._bounds.seconds + round(self._seconds * _SLOWER) + 1,
        )


#: Events of Python's audit hook that no reader has a use for once all is loaded, by their beginnings.
_FORBIDDEN = (
    *(
        "open",
        "socket.",
        "subprocess.",
        "os.",
        "shutil.",
        "tempfile.",
        "ftplib.",
        "urllib.",
        "http.",
        "smtplib.",
    ),
    *("winreg.", "pty.", "webbrowser.", "ctypes.", "mmap.", "signal.", "syslog.", "sqlite3.load_extension"),
)


def shut() -> None:
    """Forbid this process all files, the network, and other processes."""
    if sys.platform == "linux":
        from totpkey_readers.jail import linux

        linux.shut()

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(_FORBIDDEN):
            raise PermissionError(event)

    sys.addaudithook(refuse)
