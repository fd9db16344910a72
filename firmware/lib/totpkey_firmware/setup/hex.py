"""Bytes as the protocol writes them."""

from binascii import hexlify, unhexlify


def from_hex(text: str) -> bytes:
    """Decode lower-case hexadecimal digits. The protocol's definition has already checked them."""
    return unhexlify(text)


def to_hex(data: bytes) -> str:
    return hexlify(data).decode()
