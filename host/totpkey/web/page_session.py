"""One admitted page: its requests, the events it gets, and the serial port that it talks through.

docs/reference/bridge.md defines the messages.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any, Protocol

from websockets.exceptions import ConnectionClosed

from totpkey import errors
from totpkey.link.transport import Transport
from totpkey.web.keys import Found, Keys

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


#: How often it looks for keys, in seconds.
_SCAN_INTERVAL = 0.5
#: Why a message was refused.
_BAD_MESSAGE, _ALREADY_OPEN, _NOT_OPEN = "bad_message", "already_open", "not_open"


class Socket(Protocol):
    """The part of a WebSocket that is used. Both methods raise ConnectionClosed."""

    def send(self, message: str | bytes) -> None: ...

    def recv(self) -> str | bytes: ...


class PageSession:
    """Lasts from the handshake until the page leaves. It keeps, shows and logs nothing that it carries."""

    def __init__(self, socket: Socket, keys: Keys) -> None:
        self._socket = socket
        self._keys = keys
        self._relay: PortRelay | None = None
        self._over = threading.Event()
        self._last_found: Found | None = None
        self._announcing = threading.Lock()

    def run(self) -> None:
        """Serve the page until it leaves, then close its port."""
        self._announce_keys()
        scanner = threading.Thread(target=self._scan, name="scan for keys", daemon=True)
        scanner.start()
        try:
            while True:
                self._take(self._socket.recv())
        except ConnectionClosed:
            return
        finally:
            self._over.set()
            if self._relay:
                self._relay.stop(ASKED)
            scanner.join()

    def _scan(self) -> None:
        while not self._over.wait(_SCAN_INTERVAL):
            self._announce_keys()

    def _announce_keys(self) -> None:
        """Send the list of keys, if it has changed."""
        with self._announcing:
            found = self._keys.found()
            if found != self._last_found:
                self._last_found = found
                self._event("keys", **found.as_message())

    # What the page sends

    def _take(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            self._forward(message)
            return
        match _read(message):
            case {"do": "open", "key": str(key), **rest} if not rest:
                self._open(key)
            case {"do": "close", **rest} if not rest:
                self._close()
            case _:
                self._refuse(_BAD_MESSAGE)

    def _forward(self, data: bytes) -> None:
        if self._relay and self._relay.is_open:
            self._relay.write(data)
        else:
            self._refuse(_NOT_OPEN)

    def _open(self, key: str) -> None:
        if self._relay and self._relay.is_open:
            self._refuse(_ALREADY_OPEN)
            return
        try:
            transport = self._keys.open(key)
        except errors.TransportError as error:
            self._event("closed", key=key, reason=reason_of(error))
            return
        self._event("opened", key=key)
        self._relay = PortRelay(transport, self._send, lambda reason: self._closed(key, reason))

    def _close(self) -> None:
        if self._relay and self._relay.is_open:
            self._relay.stop(ASKED)
        else:
            self._refuse(_NOT_OPEN)

    # What the page gets

    def _closed(self, key: str, reason: str) -> None:
        self._event("closed", key=key, reason=reason)
        self._announce_keys()

    def _refuse(self, reason: str) -> None:
        self._event("refused", reason=reason)

    def _event(self, event: str, **fields: object) -> None:
        self._send(json.dumps({"event": event, **fields}))

    def _send(self, message: str | bytes) -> None:
        try:
            self._socket.send(message)
        except ConnectionClosed:
            # The page has left. `run` notices that as well.
            self._over.set()


def _read(message: str) -> Any:
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        return None
