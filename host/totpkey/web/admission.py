"""Who may have the page and the key: rules that are applied before the handshake."""

from __future__ import annotations

import os
import secrets
import socket
import struct
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

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


#: The system's connections (proc_pid_net(5)). A client may reach an IPv4 address through an IPv6 socket.
_TABLES = ("tcp", "tcp6")
#: The prefix of an IPv4 address in IPv6 (RFC 4291 section 2.5.5.2).
_MAPPED = bytes(10) + b"\xff\xff"
#: Columns of a table.
_LOCAL, _REMOTE, _UID = 1, 2, 7


def of_this_user(connection: socket.socket) -> bool:
    """Whether the other end's socket belongs to the current user. Only Linux can tell; elsewhere True.

    A closed socket counts as another user's, since nobody waits for an answer.
    """
    return sys.platform != "linux" or _owner(connection) == os.geteuid()


def _owner(connection: socket.socket) -> int | None:
    """The user's id; None if the system does not know the other end."""
    theirs, ours = _spellings(connection.getpeername()), _spellings(connection.getsockname())
    for name in _TABLES:
        try:
            rows = Path("/proc/self/net", name).read_text("ascii").splitlines()[1:]
        except OSError:
            continue
        for columns in map(str.split, rows):
            if columns[_LOCAL] in theirs and columns[_REMOTE] in ours:
                return int(columns[_UID])
    return None


def _spellings(address: tuple[str, int]) -> set[str]:
    """The address as the tables may write it, in 32-bit words of the machine's byte order."""
    host, port = socket.inet_aton(address[0]), address[1]
    return {f"{_words(packed)}:{port:04X}" for packed in (host, _MAPPED + host)}


def _words(packed: bytes) -> str:
    return "".join(f"{word:08X}" for (word,) in struct.iter_unpack("=I", packed))
