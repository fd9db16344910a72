"""Where data passes between a key without hardware and the world, for whoever watches all of it.

    with watching(lambda tap, data: print(tap.channel.value, len(data))):
        key.run(1)

Keys of both kinds tell the same. Costs next to nothing while nobody watches.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum


class Channel(Enum):
    """A way into a key, or out of it."""

    TO_KEY = "serial bytes to the key"
    FROM_KEY = "serial bytes from the key"
    REPORT = "input report"
    CONTROL = "reply to a control transfer"
    FLASH = "page programmed in flash"
    CONSOLE = "console of the key"


_numbers = itertools.count()


class Tap:
    """One place where data passes: what it tells is one stream, in order."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        #: Tells it apart from all others.
        self.number = next(_numbers)

    def __getstate__(self) -> dict[str, Channel]:
        return {"channel": self.channel}

    def __setstate__(self, kept: dict[str, Channel]) -> None:
        """A copy is another place than the original."""
        self.__init__(kept["channel"])  # type: ignore[misc]

    def tell(self, data: bytes | bytearray) -> None:
        """`data` passes here now."""
        for watcher in _watchers:
            watcher(self, bytes(data))


#: Told of what passes, and where.
Watcher = Callable[[Tap, bytes], None]

_watchers: list[Watcher] = []


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Have `watcher` told of all that passes at any key meanwhile, in whichever thread drives it."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)
