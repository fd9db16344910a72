"""One page that was let in: what it asks for, and what it is told. The messages are those of docs/page.md."""

from __future__ import annotations

import json
import threading
from typing import Any, Protocol

from websockets.exceptions import ConnectionClosed

from totpkey import errors
from totpkey.web.keys import Found, Keys
from totpkey.web.line import ASKED, Line, reason_of

#: How often keys are looked for, in seconds.
_LOOK_EVERY = 0.5
#: Why a message could not be followed.
_BAD_MESSAGE, _ALREADY_OPEN, _NOT_OPEN = "bad_message", "already_open", "not_open"


class Socket(Protocol):
    """What is needed of a WebSocket. Both raise ConnectionClosed."""

    def send(self, message: str | bytes) -> None: ...

    def recv(self) -> str | bytes: ...


class Visit:
    """From handshake to farewell. Nothing that is carried is kept, shown or logged."""

    def __init__(self, socket: Socket, keys: Keys) -> None:
        self._socket = socket
        self._keys = keys
        self._line: Line | None = None
        self._over = threading.Event()
        self._told: Found | None = None
        self._telling = threading.Lock()

    def run(self) -> None:
        """Serve the page until it leaves; then its port is closed."""
        self._tell_keys()
        looking = threading.Thread(target=self._look, name="looking for keys", daemon=True)
        looking.start()
        try:
            while True:
                self._take(self._socket.recv())
        except ConnectionClosed:
            return
        finally:
            self._over.set()
            if self._line:
                self._line.stop(ASKED)
            looking.join()

    def _look(self) -> None:
        while not self._over.wait(_LOOK_EVERY):
            self._tell_keys()

    def _tell_keys(self) -> None:
        """Say which keys there are, if that has changed."""
        with self._telling:
            found = self._keys.found()
            if found != self._told:
                self._told = found
                self._tell("keys", **found.told())

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
        if self._line and self._line.is_open:
            self._line.write(data)
        else:
            self._refuse(_NOT_OPEN)

    def _open(self, key: str) -> None:
        if self._line and self._line.is_open:
            self._refuse(_ALREADY_OPEN)
            return
        try:
            transport = self._keys.open(key)
        except errors.TransportError as error:
            self._tell("closed", key=key, reason=reason_of(error))
            return
        self._tell("opened", key=key)
        self._line = Line(transport, self._send, lambda reason: self._closed(key, reason))

    def _close(self) -> None:
        if self._line and self._line.is_open:
            self._line.stop(ASKED)
        else:
            self._refuse(_NOT_OPEN)

    # What the page is told

    def _closed(self, key: str, reason: str) -> None:
        self._tell("closed", key=key, reason=reason)
        self._tell_keys()

    def _refuse(self, reason: str) -> None:
        self._tell("refused", reason=reason)

    def _tell(self, event: str, **fields: object) -> None:
        self._send(json.dumps({"event": event, **fields}))

    def _send(self, message: str | bytes) -> None:
        try:
            self._socket.send(message)
        except ConnectionClosed:
            # The page has left, which `run` notices too.
            self._over.set()


def _read(message: str) -> Any:
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        return None
