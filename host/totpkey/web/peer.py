"""Finds the user at the other end of a connection within this computer."""

from __future__ import annotations

import os
import socket
import struct
import sys
from pathlib import Path

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
