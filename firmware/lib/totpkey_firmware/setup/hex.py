"""Bytes as the protocol writes them."""

from binascii import hexlify


def to_hex(data: bytes) -> str:
    """Lower-case hexadecimal digits."""
    return hexlify(data).decode()
