"""HMAC (RFC 2104) by SHA-1, SHA-256 and SHA-512."""

import hashlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .sha512 import Watch

#: Block size in bytes of the hash behind each algorithm (FIPS 180-4 figure 1).
_BLOCKS = {"SHA1": 64, "SHA256": 64, "SHA512": 128}


def _digest(
    algorithm: str, start: "bytes | bytearray", message: "bytes | memoryview", watch: "Watch" = None
) -> bytes:
    if algorithm == "SHA512":
        # Few accounts use it and it is not native, so it is loaded on demand.
        from . import sha512

        if watch:
            watch()
        return sha512.digest(start + message, watch)
    # CircuitPython has only hashlib.new, without hexdigest and copy.
    state = hashlib.new(algorithm.lower(), start)
    # Not joined: the heap may have no piece for a copy of a whole request.
    state.update(message)
    return state.digest()


def pad(key: bytes, byte: bytes, size: int) -> bytearray:
    """`key`, padded with zeros, xor `byte`. Long integers would leave three times the garbage."""
    padded = bytearray(byte * size)
    for at in range(len(key)):
        padded[at] ^= key[at]
    return padded


def hmac(algorithm: str, key: bytes, message: "bytes | memoryview", watch: "Watch" = None) -> bytes:
    """HMAC of `message` (RFC 2104 section 2)."""
    size = _BLOCKS[algorithm]
    if len(key) > size:
        key = _digest(algorithm, key, b"", watch)
    inner = _digest(algorithm, pad(key, b"\x36", size), message, watch)
    return _digest(algorithm, pad(key, b"\x5c", size), inner, watch)
