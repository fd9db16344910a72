"""PICOBOOT's commands and statuses as bytes (RP2040 datasheet 2.8.5)."""

from __future__ import annotations

import struct

#: The boot ROM's USB ids and the class of its interface.
VENDOR, PRODUCT = 0x2E8A, 0x0003
INTERFACE_CLASS = 0xFF
#: Requests to the interface: abort the current command; return the last command's status.
RESET, STATUS = 0x41, 0x42
STATUS_SIZE = 16
_MAGIC = 0x431FD10B
_EXCLUSIVE, _READ, _EXIT_XIP = 0x01, 0x84, 0x06
#: Magic, token, command, length of the arguments, reserved, bytes to transfer, arguments.
_COMMAND = struct.Struct("<IIBBHI16s")
_STATUS_WORDS = (
    "no error",
    "unknown command",
    "invalid length",
    "invalid transfer length",
    "invalid address",
    "bad alignment",
    "interleaved write",
    "rebooting",
    "unknown error",
)


def exclusive(wanted: bool) -> tuple[int, bytes, int]:
    """Take exclusive access to the board from its drive, or return it."""
    return _EXCLUSIVE, bytes((wanted,)), 0


def exit_xip() -> tuple[int, bytes, int]:
    """Put the flash into command mode, whatever mode it was left in."""
    return _EXIT_XIP, b"", 0


def read(address: int, length: int) -> tuple[int, bytes, int]:
    return _READ, struct.pack("<II", address, length), length


def encode(token: int, command: int, arguments: bytes, transfer: int) -> bytes:
    return _COMMAND.pack(_MAGIC, token, command, len(arguments), 0, transfer, arguments)


def status_words(status: bytes) -> str:
    """Return the last command's result in words."""
    code = int.from_bytes(status[4:8], "little")
    return _STATUS_WORDS[min(code, len(_STATUS_WORDS) - 1)]
