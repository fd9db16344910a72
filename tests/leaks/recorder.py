"""Records everything that leaves keys and the host process, until it is searched for secrets."""

from __future__ import annotations

import threading
from collections import defaultdict

from tests.leaks.known import Known, Leak
from totpkey_virtual.computer import REPORT_BYTES, typed
from totpkey_virtual.traffic import Channel, Stream

STDOUT, STDERR, LOG, ARGV, ENVIRONMENT, EXCEPTION = (
    "standard output",
    "standard error",
    "log records",
    "arguments of a started process",
    "environment of a started process",
    "text of an exception",
)
TYPED = "typed text"

#: Channels whose content is text for people.
_TEXT = (Channel.FROM_KEY.value, Channel.CONSOLE.value, STDOUT, STDERR, LOG, ARGV, EXCEPTION)
#: How many bytes of flash are kept before they are searched.
_MOST_FLASH = 8 << 20
#: Separates the content of different streams, so that no secret is assembled across them.
_BETWEEN = b"\x00|\x00"


class Recorder:
    """Watches all streams of all keys and records the host's output. All methods are thread-safe."""

    def __init__(self) -> None:
        self.known = Known()
        self._lock = threading.Lock()
        self._leaks: set[Leak] = set()
        self._forget()

    def _forget(self) -> None:
        self._streams: defaultdict[tuple[Channel, int], bytearray] = defaultdict(bytearray)
        self._reports: defaultdict[int, list[bytes]] = defaultdict(list)
        self._requests: defaultdict[int, bytearray] = defaultdict(bytearray)
        self._notes: defaultdict[str, list[bytes]] = defaultdict(list)
        self._pages: set[bytes] = set()
        self._flash_size = 0

    def watch(self, stream: Stream, data: bytes) -> None:
        """Record `data`, which was sent on `stream`."""
        with self._lock:
            if stream.channel is Channel.TO_KEY:
                self._learn(stream, data)
            elif stream.channel is Channel.FLASH:
                self._keep_page(stream, data)
            else:
                self._streams[stream.channel, stream.number] += data
            if stream.channel is Channel.REPORT:
                self._reports[stream.number].append(data[-REPORT_BYTES:])

    def _learn(self, stream: Stream, data: bytes) -> None:
        coming = self._requests[stream.number]
        coming += data
        *frames, rest = coming.split(b"\n")
        coming[:] = rest
        for frame in map(bytes, frames):
            stripped = self.known.learn(frame)
            # Data that is not a request may be part of a secret, and the newline may be one of its bytes.
            self._streams[stream.channel, stream.number] += stripped + (
                b"\n" if stripped is frame else _BETWEEN
            )

    def _keep_page(self, stream: Stream, data: bytes) -> None:
        """Record a page, unless the same content was recorded already."""
        if data not in self._pages:
            self._pages.add(data)
            self._streams[stream.channel, stream.number] += data
            self._flash_size += len(data)
            if self._flash_size > _MOST_FLASH:
                self._search_flash()

    def _search_flash(self) -> None:
        for key in [key for key in self._streams if key[0] is Channel.FLASH]:
            self._leaks |= self.known.find(Channel.FLASH.value, bytes(self._streams.pop(key)))
        self._pages.clear()
        self._flash_size = 0

    def note(self, where: str, data: bytes | str) -> None:
        """Record something that the host process shows or passes on."""
        with self._lock:
            self._notes[where].append(
                data.encode(errors="surrogateescape") if isinstance(data, str) else data
            )

    def everything(self) -> dict[str, bytes]:
        """Return everything recorded, by where it was seen."""
        seen: defaultdict[str, list[bytes]] = defaultdict(list)
        # Data without a final newline. The beginning of a request is left out, since it may contain a secret.
        ends = {
            (Channel.TO_KEY, number): rest
            for number, rest in self._requests.items()
            if b'"command"' not in rest
        }
        for stream in self._streams.keys() | ends.keys():
            end = ends.get(stream, b"")
            seen[stream[0].value].append(bytes(self._streams.get(stream, b"")) + end)
        seen[TYPED] = [typed(reports).encode() for reports in self._reports.values()]
        for where, notes in self._notes.items():
            seen[where] += notes
        return {where: _BETWEEN.join(pieces) for where, pieces in seen.items()}

    def search(self) -> list[Leak]:
        """Return every secret that was found where it must not be. Forget all data and secrets."""
        with self._lock:
            leaks, self._leaks = self._leaks, set()
            if len(self.known):
                for where, data in self.everything().items():
                    pieces = where == Channel.CONTROL.value
                    leaks |= self.known.find(where, data, text=where in _TEXT, pieces=pieces)
            self._forget()
            self.known.clear()
            return sorted(leaks, key=str)
