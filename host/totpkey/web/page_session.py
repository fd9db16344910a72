"""One admitted page: its requests and the events it gets. docs/reference/bridge.md defines the messages."""

from __future__ import annotations

import json
import threading
from typing import Any, Protocol

from websockets.exceptions import ConnectionClosed

from totpkey import errors
from totpkey.web.keys import Found, Keys
from totpkey.web.port_relay import ASKED, PortRelay, reason_of

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
