"""Salsa20 (D. J. Bernstein, "The Salsa20 family of stream ciphers"), which protects texts in KDBX 3.

None of our libraries has it, and the texts are short.
"""

from __future__ import annotations

import struct

_CONSTANTS = struct.unpack("<4I", b"expand 32-byte k")
_BLOCK = 64
_MASK = 0xFFFFFFFF
#: Where each quarter round takes its four words: columns, then rows.
_QUARTERS = (
    *((0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11)),
    *((0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14)),
)


class Salsa20:
    """A key stream with a key of 32 bytes and a nonce of 8."""

    def __init__(self, key: bytes, nonce: bytes) -> None:
        self._key = struct.unpack("<8I", key)
        self._nonce = struct.unpack("<2I", nonce)
        self._counter = 0
        self._left = b""

    def update(self, data: bytes) -> bytes:
        """Encrypt or decrypt `data` at the stream's present position."""
        while len(self._left) < len(data):
            self._left += self._block()
        stream, self._left = self._left[: len(data)], self._left[len(data) :]
        return bytes(byte ^ other for byte, other in zip(data, stream, strict=True))

    def _block(self) -> bytes:
        c, k = _CONSTANTS, self._key
        count = self._counter & _MASK, self._counter >> 32
        start = (c[0], *k[:4], c[1], *self._nonce, *count, c[2], *k[4:], c[3])
        self._counter += 1
        x = list(start)
        for _ in range(10):
            for first, second, third, fourth in _QUARTERS:
                x[second] ^= _turned(x[first] + x[fourth], 7)
                x[third] ^= _turned(x[second] + x[first], 9)
                x[fourth] ^= _turned(x[third] + x[second], 13)
                x[first] ^= _turned(x[fourth] + x[third], 18)
        return struct.pack("<16I", *((word + own) & _MASK for word, own in zip(x, start, strict=True)))


def _turned(word: int, by: int) -> int:
    word &= _MASK
    return (word << by | word >> 32 - by) & _MASK
