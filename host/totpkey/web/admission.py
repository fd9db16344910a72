"""Access rules for the page and the key, applied before the handshake."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

#: The page sends the token as a subprotocol with this prefix.
_PREFIX = "totpkey."
#: The origin that browsers send for a page from a file.
_FROM_FILE = "null"
_NAMES = ("127.0.0.1", "localhost")
_TOKEN_BYTES = 32


def _new_token() -> str:
    return secrets.token_urlsafe(_TOKEN_BYTES)


@dataclass
class Admission:
    """The rules for one run of the server on `port`. Its `repr` shows neither token nor ticket."""

    port: int
    token: str = field(default_factory=_new_token, repr=False)
    _ticket: str = field(default_factory=_new_token, repr=False)
    #: Acquired by the first use of the ticket, and never released.
    _first: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def address(self) -> str:
        """The page's address, with the token in the fragment, which browsers do not send."""
        return f"http://127.0.0.1:{self.port}/{self.fragment}"

    @property
    def fragment(self) -> str:
        """Leads the page to this run, also where it was opened from a file."""
        return f"#token={self.token}&port={self.port}"

    @property
    def start_path(self) -> str:
        """A path that leads to `address` once, because other users may see a browser's arguments."""
        return f"/start/{self._ticket}"

    @property
    def subprotocol(self) -> str:
        return _PREFIX + self.token

    def is_ours(self, hosts: Sequence[str]) -> bool:
        """Whether the Host headers name this server. This prevents DNS rebinding."""
        return len(hosts) == 1 and hosts[0].lower() in {f"{name}:{self.port}" for name in _NAMES}

    def admits(self, origins: Sequence[str], subprotocols: Sequence[str]) -> bool:
        """Whether these Origin and Sec-WebSocket-Protocol headers belong to this run's page."""
        pages = {_FROM_FILE, *(f"http://{name}:{self.port}" for name in _NAMES)}
        known = len(origins) == 1 and origins[0] in pages
        return len(subprotocols) == 1 and _same(subprotocols[0], self.subprotocol) and known

    def is_start(self, path: str) -> bool:
        """Whether `path` is the start path, used or not."""
        return _same(path, self.start_path)

    def use_ticket(self) -> bool:
        """Whether this is the first use. `is_start` still knows the ticket: a second use reveals a theft."""
        return self._first.acquire(blocking=False)


def _same(offered: str, wanted: str) -> bool:
    """Compare in constant time."""
    return secrets.compare_digest(offered.encode("utf-8", "replace"), wanted.encode())
