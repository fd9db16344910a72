"""The data that passes between virtual keys and the world, for anyone who wants to watch it.

    with watch_traffic(lambda stream, data: print(stream.channel.value, len(data))):
        key.run(1)

Both kinds of key report the same channels. Nothing is copied while nobody watches.
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


class Stream:
    """The data of one channel of one key, in order."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        #: Unique among all streams.
        self.number = next(_numbers)

    def __getstate__(self) -> dict[str, Channel]:
        return {"channel": self.channel}

    def __setstate__(self, state: dict[str, Channel]) -> None:
        """A copy is a stream of its own, with a new number."""
        self.__init__(state["channel"])  # type: ignore[misc]

    def notify(self, data: bytes | bytearray) -> None:
        """Pass `data` to all watchers."""
        for watcher in _watchers:
            watcher(self, bytes(data))


#: Called with each piece of data and the stream it belongs to.
Watcher = Callable[[Stream, bytes], None]

_watchers: list[Watcher] = []


@contextmanager
def watch_traffic(watcher: Watcher) -> Iterator[None]:
    """Call `watcher` for all data of all keys, in whichever thread drives the key."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)
