"""The server of `totpkey web`: one page, one WebSocket, this computer only."""

from __future__ import annotations

import errno
import http
import logging
import secrets
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

from totpkey.errors import TotpkeyError
from totpkey.i18n.translation import tr
from totpkey.web import HOST
from totpkey.web.admission import Admission, of_this_user
from totpkey.web.keys import Keys
from totpkey.web.page_session import PageSession

#: Where the WebSocket is.
SERIAL = "/serial"
#: Close code for a page that connects while another one is connected (private use, RFC 6455 section 7.4.2).
OCCUPIED = 4001
#: The longest message from a page, in bytes. A frame of the key's protocol has at most 1024.
_LONGEST = 1 << 16
#: How long a reloaded page may take to close its former connection, in seconds, on a busy computer too.
_CHANGE_OVER = 3.0
#: How long a connection may take to send its request, in seconds. Browsers open some in advance.
_PATIENCE = 3.0
#: The ports that no service is registered for (RFC 6335), and how many of them are tried.
_PORTS, _TRIES = range(49152, 65536), 50
#: Headers for policies that the page cannot declare itself.
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # A browser would keep these permissions for whatever answers at this address next.
    "Permissions-Policy": "serial=(), usb=(), hid=(), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Connection": "close",
}


class StartedTwice(TotpkeyError):
    """The browser's start address was used twice."""

    def __init__(self) -> None:
        super().__init__(
            tr(
                "The address that the browser was started with was opened twice, and works only once:"
                " the first visitor may be another user of this computer, and may have talked to the"
                " key."
            ),
            tr(
                "The page was closed. If it was not you both times, look at what the key has with"
                " `totpkey list` and `totpkey time log`. Then run `totpkey web --no-browser`, and open"
                " its address in a browser yourself."
            ),
        )


class PageServer:
    """A context manager that serves the page of `read_page`, and `keys` to holders of the token.

    It listens at a port of its own choice, or by `listener`. `on_stranger` is called when another user was
    refused the start address, `on_second` when the address was used twice, after which nobody is served.
    """

    def __init__(
        self,
        keys: Keys,
        read_page: Callable[[], bytes],
        listener: socket.socket | None = None,
        on_stranger: Callable[[], None] = lambda: None,
        on_second: Callable[[], None] = lambda: None,
    ) -> None:
        self._keys = keys
        self._read_page = read_page
        self._on_stranger = on_stranger
        self._on_second = on_second
        self._occupied = threading.Lock()
        self._server = serve(
            self._receive,
            sock=listener or _listen(),
            process_request=self._answer,
            select_subprotocol=lambda _connection, _offered: Subprotocol(self.admission.subprotocol),
            # Messages may be secret, so they are neither logged nor compressed.
            logger=_silent(),
            compression=None,
            server_header=None,
            open_timeout=_PATIENCE,
            ping_interval=None,
            max_size=_LONGEST,
        )
        self.admission = Admission(self._server.socket.getsockname()[1])
        self._thread = threading.Thread(target=self._server.serve_forever, name="page server", daemon=True)

    @property
    def address(self) -> str:
        """The page's address. It grants access to the key."""
        return self.admission.address

    @property
    def start_address(self) -> str:
        """Leads only this user to `address`, and once: others may see a browser's arguments."""
        return f"http://{HOST}:{self.admission.port}{self.admission.start_path}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all connections, with code 1001, and close the keys' ports."""
        self._server.shutdown()
        self._thread.join()

    # Before the handshake

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """The response, or None to continue with the handshake."""
        headers = request.headers
        if not self.admission.is_ours(headers.get_all("Host")):
            return _plain(http.HTTPStatus.FORBIDDEN)
        if request.path == SERIAL:
            protocols = headers.get_all("Sec-WebSocket-Protocol")
            admitted = self.admission.admits(headers.get_all("Origin"), protocols)
            return None if admitted else _plain(http.HTTPStatus.FORBIDDEN)
        if request.path == "/":
            return _response(http.HTTPStatus.OK, self._read_page())
        if self.admission.is_start(request.path):
            return self._start(connection)
        return _plain(http.HTTPStatus.NOT_FOUND)

    def _start(self, connection: ServerConnection) -> Response:
        """Lead this user's browser to the page, once."""
        if not of_this_user(connection.socket):
            self._on_stranger()
            return _plain(http.HTTPStatus.FORBIDDEN)
        if self.admission.use_ticket():
            return _plain(http.HTTPStatus.SEE_OTHER, Location=self.admission.address)
        # In another thread, since shutdown waits for all connections, including this one.
        threading.Thread(target=self._server.shutdown, name="end of the page server").start()
        self._on_second()
        return _plain(http.HTTPStatus.NOT_FOUND)

    # After the handshake

    def _receive(self, connection: ServerConnection) -> None:
        if not self._occupied.acquire(timeout=_CHANGE_OVER):
            connection.close(OCCUPIED, "another page is open")
            return
        try:
            PageSession(connection, self._keys).run()
        finally:
            self._occupied.release()


def _listen() -> socket.socket:
    """Listen at a random port.

    A browser keeps what it allows a page, such as the camera, by an address. Nobody can wait for this one.
    """
    for _ in range(_TRIES):
        try:
            return socket.create_server((HOST, _PORTS[secrets.randbelow(len(_PORTS))]))
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
    return socket.create_server((HOST, 0))


def _response(status: http.HTTPStatus, body: bytes, **headers: str) -> Response:
    fields = {**_HEADERS, "Content-Length": str(len(body)), **headers}
    return Response(status.value, status.phrase, Headers(fields), body)


def _plain(status: http.HTTPStatus, **headers: str) -> Response:
    fields = {"Content-Type": "text/plain; charset=utf-8", **headers}
    return _response(status, f"{status.phrase}\n".encode(), **fields)


def _silent() -> logging.Logger:
    logger = logging.Logger("totpkey.web")
    logger.disabled = True
    return logger
