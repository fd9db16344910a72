"""Keys from PINs and from other keys, and random numbers, on CircuitPython's native SHA-256."""

import hashlib
import os

from .hmac import hmac, pad

_BLOCK = 64
_DIGEST = 32


def pbkdf2(password: bytes, salt: bytes, iterations: int) -> bytes:
    """PBKDF2-HMAC-SHA256 (RFC 8018 section 5.2): its first 32 bytes.

    The chip does some 2 200 iterations a second. Its SHA-256 can neither be copied nor write its digest into
    a buffer, so each iteration hashes four blocks. The blocks with the password are made once.
    """
    new, from_bytes = hashlib.new, int.from_bytes
    if len(password) > _BLOCK:
        # RFC 2104 section 2.
        password = new("sha256", password).digest()
    inner = bytearray(pad(password, b"\x36", _BLOCK) + bytes(_DIGEST))
    outer = bytearray(pad(password, b"\x5c", _BLOCK) + bytes(_DIGEST))
    block = hmac("SHA256", password, salt + b"\x00\x00\x00\x01")
    total = from_bytes(block, "big")
    # Made once: a slice in the loop would be one more object for each block.
    rest = slice(_BLOCK, _BLOCK + _DIGEST)
    for _ in range(iterations - 1):
        inner[rest] = block
        outer[rest] = new("sha256", inner).digest()
        block = new("sha256", outer).digest()
        total ^= from_bytes(block, "big")
    return total.to_bytes(_DIGEST, "big")


def expand(key: "bytes | bytearray", info: bytes) -> bytearray:
    """64 bytes by the expand step of HKDF-SHA256 (RFC 5869 section 2.3)."""
    secret = bytes(key)
    first = hmac("SHA256", secret, info + b"\x01")
    return bytearray(first + hmac("SHA256", secret, first + info + b"\x02"))


class Entropy:
    """Random bytes from SHA-256 of the chip's random source and all else that differs between keys.

    The chip's only source is an oscillator without a health test (RP2040 datasheet 2.17.5).
    """

    def __init__(self) -> None:
        self._stirred = b""

    def reseed(self, data: bytes) -> None:
        """Mix in data that is hard to guess, such as the time of a press."""
        stirred = hashlib.new("sha256", self._stirred)
        stirred.update(data)
        self._stirred = stirred.digest()

    def take(self, length: int) -> bytearray:
        """That many fresh random bytes."""
        taken = bytearray()
        while len(taken) < length:
            self.reseed(os.urandom(_DIGEST))
            # The state must not reveal earlier output.
            taken += hashlib.new("sha256", b"taken" + self._stirred).digest()
        return taken[:length]
