"""The server of `totpkey web`: one page, one WebSocket, this computer only."""

from __future__ import annotations

import errno
import http
import logging
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
from totpkey.web import HOST, PORT
from totpkey.web.admission import Admission
from totpkey.web.keys import Keys
from totpkey.web.page_session import PageSession
from totpkey.web.peer import of_this_user

#: Where the WebSocket is.
SERIAL = "/serial"
#: Close code for a page that comes while another one is there (RFC 6455 section 7.4.2: free for any use).
OCCUPIED = 4001
#: The longest message that a page may send, in bytes; a frame of the key's protocol has at most 1024.
_LONGEST = 1 << 16
#: How long a page that is loaded again may take to let go of its former connection, in seconds.
_CHANGE_OVER = 1.0
#: How long a connection may take to say what it wants, in seconds. Browsers open some in advance.
_PATIENCE = 3.0
#: What the page itself cannot say of itself: the rest of its policy is in the page.
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Connection": "close",
}


class AddressTaken(TotpkeyError):
    """The fixed port is in use."""


class StartedTwice(TotpkeyError):
    """The address that a browser was started with has led two to the page, or to a refusal."""

    def __init__(self) -> None:
        super().__init__(
            tr(
                "The address that the browser was started with has come a second time, and leads in only"
                " once: whoever came first may be another user of this computer, and may have talked to the"
                " key."
            ),
            tr(
                "It was ended. If it was not you twice, see what the key has with `totpkey list` and `totpkey"
                " time log`. Then run `totpkey web --no-browser`, and open its address in a browser yourself."
            ),
        )


class PageServer:
    """Serves what `read_page` gives, and `keys` to whoever has the token, while it is entered.

    `port` 0 is any free one; a `listener` is taken as it is. `on_stranger` is told when the start address was
    refused to another user, `on_second` when it was used twice: nobody is served any more then. Raises
    AddressTaken when it is made.
    """

    def __init__(
        self,
        keys: Keys,
        read_page: Callable[[], bytes],
        port: int = PORT,
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
            sock=listener or _listen(port),
            process_request=self._answer,
            select_subprotocol=lambda _connection, _offered: Subprotocol(self.admission.subprotocol),
            # What is carried may be secret: it is neither logged nor compressed.
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
        """Where the page is; whoever has it may talk to the key."""
        return self.admission.address

    @property
    def start_address(self) -> str:
        """Leads to `address` once, and only this user: others may see what a browser is started with."""
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

    # Before a WebSocket there is

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """What to answer; None lets the handshake go on."""
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
        # In a thread of its own, since it waits for all that serve somebody: for this one, too.
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


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        raise AddressTaken(
            f"Port {port} of this computer is in use.",
            "Perhaps another `totpkey web` is running: use its page, or end it with Ctrl-C.",
        ) from None


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
