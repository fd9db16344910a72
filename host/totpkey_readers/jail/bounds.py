"""The limits of the process that reads a file: memory, processor time, and what it may reach.

Limits on memory and time are the system's own: `resource` on Linux and macOS, a job object on Windows. Where
the system may not keep them, a thread does. The rest is a hook of Python's, and on Linux a filter of system
calls below it.
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


USUAL = Bounds(memory=400, seconds=8)
#: For a person who knows the file.
PATIENT = Bounds(memory=4096, seconds=3600)
#: A slower computer takes this many times what `importers.cost` reckons for a derivation.
_SLOWER = 4
#: What a password's derivation may add, in MiB, without and with patience: see `importers.cost`.
_MOST_DERIVED = 4096

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
        self._derived = Bounds(0, 0)
        limit(bounds)

    def extend(self, seconds: float, memory: float) -> None:
        """Allow a derivation of that many seconds and MiB of memory."""
        # Times add up; memory is free again after each.
        self._derived = Bounds(
            max(self._derived.memory, round(memory)), self._derived.seconds + round(seconds * _SLOWER) + 1
        )
        whole = Bounds(
            self._bounds.memory + self._derived.memory, self._bounds.seconds + self._derived.seconds
        )
        limit(whole)


#: Events of Python's audit hook that no reader has a use for, by their beginnings.
_FORBIDDEN = (
    *("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "os.system"),
    *("os.fork", "os.kill", "os.putenv", "os.chdir", "os.link", "os.symlink", "os.rename", "os.remove"),
    *("os.mkdir", "os.rmdir", "os.truncate", "os.chmod", "os.chown", "shutil.", "tempfile.", "ftplib."),
    *("urllib.", "http.", "smtplib.", "winreg.Create", "winreg.Set", "winreg.Delete", "pty.", "webbrowser."),
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC


def shut() -> None:
    """Forbid this process files other than Python's own, the network, and other programs."""
    if sys.platform == "linux":
        from totpkey_readers.jail import linux_filter

        linux_filter.forbid_network_and_programs()
    own = tuple({_whole(folder) for folder in (*sys.path, sys.prefix, sys.base_prefix, *_others()) if folder})

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(_FORBIDDEN) or (event == "open" and not _may_open(arguments, own)):
            raise PermissionError(event)

    sys.addaudithook(refuse)


def _others() -> tuple[str, ...]:
    """Folders of data that libraries read, beside those of Python."""
    # A person may have compiled modules elsewhere; PyInstaller unpacks a program into the last.
    return (sys.pycache_prefix or "", getattr(sys, "_MEIPASS", ""))


def _may_open(arguments: tuple[Any, ...], own: tuple[str, ...]) -> bool:
    path, mode, flags = (*arguments, None, None, None)[:3]
    if isinstance(path, int):
        return True
    writes = (isinstance(mode, str) and bool(set(mode) & set("wax+"))) or bool((flags or 0) & _WRITING)
    return not writes and _whole(os.fsdecode(path)).startswith(own)


def _whole(path: str) -> str:
    return os.path.realpath(path)
