"""AES-SIV (RFC 5297), on CircuitPython's native AES.

Encrypting the same text twice under one key is safe, so no counter has to survive a power cut.
"""

import aesio

from ..heap import SCRATCH

#: Bytes added by sealing: the synthetic IV, which comes first.
TAG = 16
#: Bytes of a key for AES-256: one half authenticates, the other encrypts.
KEY = 64

_BLOCK = 16
_BITS = 8 * _BLOCK
_ALL = (1 << _BITS) - 1
_ZERO = bytes(_BLOCK)
#: How many bytes are encrypted at once for the CMAC. The ciphertext is discarded, so it is kept small.
_PIECE = len(SCRATCH)
#: A view, whose slices are no copies.
_ZEROS = memoryview(bytes(KEY))
_NO_KEY = bytes(KEY // 2)


class BadSeal(Exception):
    """The input was not sealed under this key and with this associated data."""


def seal(
    key: "bytes | bytearray", associated: "tuple[bytes, ...]", plaintext: "bytes | bytearray"
) -> bytearray:
    """Tag and ciphertext (section 2.6)."""
    sealed = bytearray(TAG + len(plaintext))
    view = memoryview(sealed)
    view[TAG:] = plaintext
    seal_in_place(key, associated, view)
    return sealed


def seal_in_place(key: "bytes | bytearray", associated: "tuple[bytes, ...]", room: memoryview) -> None:
    """The same in place: `room` has `TAG` bytes for the tag, then the plaintext."""
    room[:TAG] = _s2v(key, associated, room[TAG:])
    _crypt(key, room[:TAG], room[TAG:])


def open_sealed(
    key: "bytes | bytearray", associated: "tuple[bytes, ...]", sealed: "bytes | bytearray | memoryview"
) -> bytearray:
    """The plaintext (section 2.7). Raises BadSeal."""
    plaintext = bytearray()
    open_into(plaintext, key, associated, memoryview(sealed))
    return plaintext


def open_into(
    room: bytearray, key: "bytes | bytearray", associated: "tuple[bytes, ...]", sealed: memoryview
) -> None:
    """The same in `room`, replacing its content. Reuses its memory if it is long enough."""
    room[:] = sealed[TAG:]
    _open(memoryview(room), key, associated, sealed[:TAG])


def open_in_place(
    key: "bytes | bytearray", associated: "tuple[bytes, ...]", sealed: memoryview
) -> memoryview:
    """The same where it is: returns the plaintext, which follows the tag."""
    plaintext = sealed[TAG:]
    _open(plaintext, key, associated, sealed[:TAG])
    return plaintext


def _open(
    room: memoryview, key: "bytes | bytearray", associated: "tuple[bytes, ...]", tag: memoryview
) -> None:
    if len(tag) < TAG:
        raise BadSeal
    _crypt(key, tag, room)
    if not equal(tag, _s2v(key, associated, room)):
        wipe(room)
        raise BadSeal


def encrypt_block(key: "bytes | bytearray", block: bytes) -> bytearray:
    """One block of 16 bytes in AES: a MAC of messages that are all one block long."""
    encrypted = bytearray(_BLOCK)
    cipher = aesio.AES(key, aesio.MODE_ECB)
    cipher.encrypt_into(block, encrypted)
    cipher.rekey(_NO_KEY)
    return encrypted


def equal(one: "bytes | bytearray | memoryview", other: "bytes | bytearray | memoryview") -> bool:
    """The one comparison of secrets, in constant time for each length. Nothing is equal to nothing."""
    difference = len(one) ^ len(other)
    for left, right in zip(one, other):
        difference |= left ^ right
    return len(one) > 0 and difference == 0


def wipe(secret: "bytearray | memoryview") -> None:
    """Overwrite it in memory."""
    view = memoryview(secret)
    for at in range(0, len(secret), KEY):
        piece = view[at : at + KEY]
        piece[:] = _ZEROS[: len(piece)]


def _s2v(
    key: "bytes | bytearray", associated: "tuple[bytes, ...]", plaintext: "bytearray | memoryview"
) -> bytes:
    """The synthetic IV (section 2.4)."""
    cmac = _Cmac(memoryview(key)[: len(key) // 2])
    total = cmac.of(_ZERO)
    for data in associated:
        total = _double(total) ^ cmac.of(data)
    if len(plaintext) >= _BLOCK:
        last = cmac.of(plaintext, total)
    else:
        padded = bytes(plaintext) + b"\x80" + bytes(_BLOCK - 1 - len(plaintext))
        last = cmac.of(padded, _double(total))
    cmac.forget()
    return last.to_bytes(_BLOCK, "big")


def _crypt(key: "bytes | bytearray", tag: memoryview, data: memoryview) -> None:
    """Encrypt or decrypt `data` in place. The counter is the tag with two bits cleared (section 2.5)."""
    counter = bytearray(tag)
    counter[8] &= 0x7F
    counter[12] &= 0x7F
    if len(data):
        cipher = aesio.AES(memoryview(key)[len(key) // 2 :], aesio.MODE_CTR, counter)
        cipher.encrypt_into(data, data)
        # Otherwise the key would stay in the cipher's memory after it is freed.
        cipher.rekey(_NO_KEY)


def _double(block: int) -> int:
    """Doubling (section 2.3)."""
    return (block << 1) & _ALL ^ (0x87 if block >> (_BITS - 1) else 0)


class _Cmac:
    """AES-CMAC (NIST SP 800-38B) under one key. Blocks are big-endian integers.

    All messages go through one cipher, since another would be 300 bytes of garbage.
    """

    def __init__(self, key: memoryview) -> None:
        self._key = key
        self._cipher = aesio.AES(key, aesio.MODE_CBC, _ZERO)
        block = bytearray(_BLOCK)
        self._cipher.encrypt_into(_ZERO, block)
        self._for_whole = _double(int.from_bytes(block, "big"))
        self._for_padded = _double(self._for_whole)

    def of(self, message: "bytes | bytearray | memoryview", end: int = 0) -> int:
        """The CMAC of `message` with its last 16 bytes xored with `end`."""
        length = len(message)
        # The last 16 bytes begin in this block. Everything before it goes through CBC unchanged.
        start = (length - _BLOCK) // _BLOCK * _BLOCK if length > _BLOCK else 0
        cipher = self._cipher
        cipher.rekey(self._key, _ZERO)
        view = memoryview(message)
        for at in range(0, start, _PIECE):
            piece = view[at : min(at + _PIECE, start)]
            cipher.encrypt_into(piece, SCRATCH[: len(piece)])
        last = bytearray(self._last_blocks(view[start:], end))
        cipher.encrypt_into(last, last)
        return int.from_bytes(last[-_BLOCK:], "big")

    def forget(self) -> None:
        """Take the key out of the cipher's memory, where it would stay after that is freed."""
        self._cipher.rekey(_NO_KEY)

    def _last_blocks(self, tail: memoryview, end: int) -> bytes:
        """The end of a message: xored, padded if needed, and mixed with its subkey. One block or two."""
        length = len(tail)
        value = int.from_bytes(tail, "big") ^ end
        if length and length % _BLOCK == 0:
            return (value ^ self._for_whole).to_bytes(length, "big")
        missing = _BLOCK - length % _BLOCK
        value = (value << 8 | 0x80) << 8 * (missing - 1)
        return (value ^ self._for_padded).to_bytes(length + missing, "big")
