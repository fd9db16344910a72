"""Two places on a machine for programs that keep a core busy: browsers, desktops, Wine, virtual computers.

A process of tests that runs one of them holds a place, and waits for one where both are taken. So a machine
is never asked for more of them at once, however many processes share the tests, and however many runs of
them there are. A process holds one place for all that it starts: nobody waits for a place while holding one,
so no two can wait for each other. A place is a lock on a file, which the system takes back from a process
that is killed.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import pytest

from tests.support.cases import BIG, marks

PLACES = 2
#: How often the first who waits looks for a free place, in s.
_LOOK = 0.05


class Places:
    """The machine's places as one process uses them, one at most. Their locks are files in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: IO[bytes] | None = None
        #: How many programs run that need the place.
        self._programs = 0
        #: Whether a test has it, even if no program runs.
        self._reserved = False
        #: How long this process has waited in all, and the longest time at once, in s.
        self.waited = self.longest = 0.0

    def reserve(self) -> None:
        """Take a place for a test, before its time is measured."""
        self._reserved = True
        self._take()

    def release(self) -> None:
        """The next test needs none. The place stays taken while a program runs."""
        self._reserved = False
        self._leave()

    @contextmanager
    def program(self) -> Iterator[None]:
        """Hold a place while a program runs."""
        self._programs += 1
        try:
            self._take()
            yield
        finally:
            self._programs -= 1
            self._leave()

    def _take(self) -> None:
        # Nothing under Windows itself starts such programs.
        if self._held or sys.platform == "win32":
            return
        self._folder.mkdir(mode=0o700, exist_ok=True)
        begun = time.monotonic()
        # Only one looks for a free place, the others queue behind it: a newcomer overtakes nobody who looks.
        with self._locked("queue") as queue:
            while not (held := self._free()):
                _sign(queue)
                time.sleep(_LOOK)
            queue.truncate(0)
        _sign(held)
        self._held = held
        waited = time.monotonic() - begun
        self.waited, self.longest = self.waited + waited, max(self.longest, waited)

    def _leave(self) -> None:
        if self._held and not self._programs and not self._reserved:
            self._held.close()
            self._held = None

    def _free(self) -> IO[bytes] | None:
        """Lock one of the places, and return None if others hold all."""
        for number in range(PLACES):
            with suppress(BlockingIOError):
                return self._locked(f"place-{number}", wait=False)
        return None

    def _locked(self, name: str, wait: bool = True) -> IO[bytes]:
        """Return a file with a lock that ends when it is closed. Raise BlockingIOError instead of waiting."""
        import fcntl

        file = (self._folder / name).open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BaseException:
            file.close()
            raise
        return file


def _sign(file: IO[bytes]) -> None:
    """Write which process has the lock, for people who want to know."""
    file.truncate(0)
    file.write(b"%d\n" % os.getpid())
    file.flush()


def _user() -> str:
    return str(os.getuid()) if hasattr(os, "getuid") else "windows"


#: Those of this process. Two users of a machine do not share their places.
places = Places(Path(tempfile.gettempdir()) / f"totpkey-places-{_user()}")


def needs_place(item: pytest.Item) -> bool:
    """Return whether a test starts such a program, or shares one with others."""
    return bool(marks(item) & BIG)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    """Wait before the test begins, since its duration says when it should come next time (`balance`)."""
    if needs_place(item):
        places.reserve()
    try:
        return (yield)
    finally:
        if nextitem is None or not needs_place(nextitem):
            places.release()
