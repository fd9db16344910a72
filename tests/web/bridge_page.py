"""The page's side of the bridge, without a browser, and servers of `totpkey web` for it."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from socket import create_connection
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.support.load import patience
from totpkey import errors
from totpkey.web.keys import Keys
from totpkey.web.server import SERIAL, PageServer

PAGE = b"<!doctype html><title>a page</title>"


@contextmanager
def visit(
    server: PageServer, token: str | None = None, origin: str | None = None, host: str | None = None
) -> Iterator[Page]:
    """Connect as that server's page does, or with differences. Raise InvalidStatus if rejected."""
    port = server.admission.port
    origin = f"http://127.0.0.1:{port}" if origin is None else origin
    token = f"totpkey.{server.admission.token}" if token is None else token
    with connect(
        f"ws://{host or '127.0.0.1'}:{port}{SERIAL}",
        # The host name is not looked up: any name leads to this server.
        sock=None if host is None else create_connection(("127.0.0.1", port)),
        origin=Origin(origin) if origin else None,
        subprotocols=[Subprotocol(token)] if token else None,
        compression=None,
        proxy=None,
        open_timeout=patience(),
    ) as socket:
        yield Page(socket)


class Page:
    """An open connection. Events and bytes are taken in the order in which they arrived."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self._events: deque[dict[str, Any]] = deque()
        self._bytes = b""

    def do(self, what: str, **fields: object) -> None:
        self.socket.send(json.dumps({"do": what, **fields}))

    def event(self, name: str) -> dict[str, Any]:
        """Return the next event of that name. Events with other names stay in the queue."""
        end = time.monotonic() + patience()
        while time.monotonic() < end:
            for event in self._events:
                if event["event"] == name:
                    self._events.remove(event)
                    return event
            self._receive(max(end - time.monotonic(), 0))
        raise AssertionError(f"no {name} came")

    def keys(self, number: int) -> dict[str, Any]:
        """Return the next `keys` event with that many keys."""
        while len((event := self.event("keys"))["keys"]) != number:
            pass
        return event

    def open_only_key(self) -> SocketTransport:
        return self.open(self.keys(1)["keys"][0]["key"])

    def open(self, key: str) -> SocketTransport:
        self.do("open", key=key)
        assert self.event("opened") == {"event": "opened", "key": key}
        return SocketTransport(self)

    def bytes(self, timeout: float) -> bytes:
        """Return what arrives within `timeout` seconds."""
        if not self._bytes:
            self._receive(timeout)
        data, self._bytes = self._bytes, b""
        return data

    def _receive(self, timeout: float) -> None:
        try:
            message = self.socket.recv(timeout=timeout)
        except TimeoutError:
            return
        if isinstance(message, bytes):
            self._bytes += message
        else:
            self._events.append(json.loads(message))


class SocketTransport:
    """A `Transport` through the bridge, for the client of the command line."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def write(self, data: bytes) -> None:
        self.page.socket.send(data)

    def read(self, timeout_s: float) -> bytes:
        try:
            return self.page.bytes(timeout_s)
        except ConnectionClosed:
            raise errors.PortVanished("The bridge is gone.") from None

    def close(self) -> None:
        self.page.socket.close()


class Serve:
    """Runs servers until the end of the test."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def __call__(self, keys: Keys, tell: Callable[[str], None] = lambda _: None) -> PageServer:
        """Start a server. `tell` receives "stranger" and "second" when that happens."""
        server = PageServer(
            keys, lambda: PAGE, on_stranger=lambda: tell("stranger"), on_second=lambda: tell("second")
        )
        return self._stack.enter_context(server)

    def page(self, keys: Keys) -> Page:
        """Return a page that the server has admitted."""
        return self.visit(self(keys))

    def visit(self, server: PageServer, **differently: str) -> Page:
        return self._stack.enter_context(visit(server, **differently))
