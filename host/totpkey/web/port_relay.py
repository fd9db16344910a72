"""An open serial port on its way to the page: a thread carries what the key sends."""

from __future__ import annotations

import threading
from collections.abc import Callable

from totpkey import errors
from totpkey.link.transport import Transport

#: Why a port was closed or not opened, in the words of the bridge (docs/page.md).
ASKED, UNPLUGGED, BUSY, FORBIDDEN, MISSING, STUCK = (
    "asked",
    "unplugged",
    "busy",
    "forbidden",
    "missing",
    "stuck",
)
#: The longest that a request to close waits for the thread, in seconds.
_LOOK = 0.1


def reason_of(error: errors.TransportError) -> str:
    """Why a port could not be opened."""
    if isinstance(error, errors.PortBusy):
        return BUSY
    if isinstance(error, errors.PortForbidden):
        return FORBIDDEN
    return UNPLUGGED if isinstance(error, errors.PortVanished) else MISSING


class Line:
    """Open until `stop`, or until the port goes away.

    `deliver` gets what the key sends, then `ended` the reason, once, after the port was closed: both from the
    line's own thread, so nothing comes after the end.
    """

    def __init__(
        self, transport: Transport, deliver: Callable[[bytes], None], ended: Callable[[str], None]
    ) -> None:
        self._transport = transport
        self._deliver = deliver
        self._ended = ended
        self._reason = ""
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._carry, name="line of a key", daemon=True)
        self._thread.start()

    @property
    def is_open(self) -> bool:
        return not self._reason

    def write(self, data: bytes) -> None:
        """Send to the key; if that cannot be done, the line ends."""
        try:
            self._transport.write(data)
        except errors.PortBusy:
            self.stop(STUCK)
        except errors.TransportError:
            self.stop(UNPLUGGED)

    def stop(self, reason: str) -> None:
        """Close the port and wait until that is told. The first reason counts."""
        self._end(reason)
        self._thread.join()

    def _end(self, reason: str) -> None:
        with self._lock:
            self._reason = self._reason or reason

    def _carry(self) -> None:
        try:
            while self.is_open:
                if data := self._transport.read(_LOOK):
                    self._deliver(data)
        except errors.TransportError:
            self._end(UNPLUGGED)
        finally:
            self._transport.close()
            self._ended(self._reason)
