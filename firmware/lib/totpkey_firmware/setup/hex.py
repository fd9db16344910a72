"""Bytes as the protocol writes them."""

from binascii import hexlify, unhexlify


def from_hex(text: str) -> bytes:
    """The bytes that lower-case hexadecimal digits stand for; the definition has checked them."""
    return unhexlify(text)


def to_hex(data: bytes) -> str:
    return hexlify(data).decode()
