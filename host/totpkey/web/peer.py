"""Whose program is at the other end of a connection within this computer."""

from __future__ import annotations

import os
import socket
import struct
import sys
from pathlib import Path

#: The system's connections (proc_pid_net(5)). A client may come to an IPv4 address by a socket of IPv6.
_TABLES = ("tcp", "tcp6")
#: How an address of IPv4 is written in one of IPv6 (RFC 4291 section 2.5.5.2).
_MAPPED = bytes(10) + b"\xff\xff"
#: Columns of a table.
_LOCAL, _REMOTE, _UID = 1, 2, 7


def of_this_user(connection: socket.socket) -> bool:
    """Whether the other end is a socket of the user who runs this. Only Linux tells; else it is believed.

    Who has let go of the socket counts as somebody else: there is nobody to answer.
    """
    return sys.platform != "linux" or _owner(connection) == os.geteuid()


def _owner(connection: socket.socket) -> int | None:
    """The user's number; None where the system does not know of the other end."""
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
    """How the tables may write it: by words of 32 bits in the machine's order."""
    host, port = socket.inet_aton(address[0]), address[1]
    return {f"{_words(packed)}:{port:04X}" for packed in (host, _MAPPED + host)}


def _words(packed: bytes) -> str:
    return "".join(f"{word:08X}" for (word,) in struct.iter_unpack("=I", packed))
