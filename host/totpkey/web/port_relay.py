"""Relays an open serial port to the page, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from totpkey import errors
from totpkey.link.transport import Transport

#: Why a port was closed or not opened, in the words of the bridge (docs/reference/bridge.md).
ASKED, UNPLUGGED, BUSY, FORBIDDEN, MISSING, STUCK = (
    "asked",
    "unplugged",
    "busy",
    "forbidden",
    "missing",
    "stuck",
)
#: How long one read waits, and so the longest that `stop` waits for the thread, in seconds.
_READ_TIMEOUT = 0.1


def reason_of(error: errors.TransportError) -> str:
    """Why a port could not be opened."""
    if isinstance(error, errors.PortBusy):
        return BUSY
    if isinstance(error, errors.PortForbidden):
        return FORBIDDEN
    return UNPLUGGED if isinstance(error, errors.PortVanished) else MISSING


class PortRelay:
    """Open until `stop`, or until the port goes away.

    The relay's thread calls `deliver` with what the key sends. Once the port is closed, it calls `ended` with
    the reason, and nothing after that.
    """

    def __init__(
        self, transport: Transport, deliver: Callable[[bytes], None], ended: Callable[[str], None]
    ) -> None:
        self._transport = transport
        self._deliver = deliver
        self._ended = ended
        self._reason = ""
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._relay, name="relay of a key's port", daemon=True)
        self._thread.start()

    @property
    def is_open(self) -> bool:
        return not self._reason

    def write(self, data: bytes) -> None:
        """Send to the key. The relay ends if that fails."""
        try:
            self._transport.write(data)
        except errors.PortBusy:
            self.stop(STUCK)
        except errors.TransportError:
            self.stop(UNPLUGGED)

    def stop(self, reason: str) -> None:
        """Close the port, and return after `ended` was called. The first reason counts."""
        self._end(reason)
        self._thread.join()

    def _end(self, reason: str) -> None:
        with self._lock:
            self._reason = self._reason or reason

    def _relay(self) -> None:
        try:
            while self.is_open:
                if data := self._transport.read(_READ_TIMEOUT):
                    self._deliver(data)
        except errors.TransportError:
            self._end(UNPLUGGED)
        finally:
            self._transport.close()
            self._ended(self._reason)
