"""Who may have the page, and who may have the key: all that is decided before a handshake is answered."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

#: What the page puts before the token to make a subprotocol of it.
_PREFIX = "totpkey."
#: What browsers send as the origin of a page from a file.
_FROM_FILE = "null"
_NAMES = ("127.0.0.1", "localhost")
_TOKEN_BYTES = 32


def _new_token() -> str:
    return secrets.token_urlsafe(_TOKEN_BYTES)


@dataclass
class Admission:
    """The rules for one run of the server on that `port`. Neither token nor ticket is in its `repr`."""

    port: int
    token: str = field(default_factory=_new_token, repr=False)
    _ticket: str = field(default_factory=_new_token, repr=False)
    #: Taken for good by whoever comes first.
    _first: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def address(self) -> str:
        """Where the page is, with the token in the fragment, which browsers keep to themselves."""
        return f"http://127.0.0.1:{self.port}/#token={self.token}"

    @property
    def start_path(self) -> str:
        """A path that leads to `address` once: other users may see what a browser is started with."""
        return f"/start/{self._ticket}"

    @property
    def subprotocol(self) -> str:
        return _PREFIX + self.token

    def is_ours(self, hosts: Sequence[str]) -> bool:
        """Whether the Host headers name this server, and not a name that somebody bent to this computer."""
        return len(hosts) == 1 and hosts[0].lower() in {f"{name}:{self.port}" for name in _NAMES}

    def admits(self, origins: Sequence[str], subprotocols: Sequence[str]) -> bool:
        """Whether these Origin and Sec-WebSocket-Protocol headers are those of this run's page."""
        pages = {_FROM_FILE, *(f"http://{name}:{self.port}" for name in _NAMES)}
        known = len(origins) == 1 and origins[0] in pages
        return len(subprotocols) == 1 and _same(subprotocols[0], self.subprotocol) and known

    def is_start(self, path: str) -> bool:
        """Whether `path` is the start path, used or not."""
        return _same(path, self.start_path)

    def use_ticket(self) -> bool:
        """Whether this is the first time. The ticket stays known: who comes second tells of a thief."""
        return self._first.acquire(blocking=False)


def _same(offered: str, wanted: str) -> bool:
    """Compared in a time that does not tell how much of it is right."""
    return secrets.compare_digest(offered.encode("utf-8", "replace"), wanted.encode())
