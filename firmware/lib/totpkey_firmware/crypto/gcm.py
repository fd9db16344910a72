"""AES-256-GCM (NIST SP 800-38D), on CircuitPython's native AES; nonces have 12 bytes.

No table is kept: a product without carries is one product of whole numbers, each bit in a byte of its own.
"""

import aesio

from .siv import TAG, BadSeal, equal

_BLOCK = 16
_NO_KEY = bytes(32)
#: The product of two blocks has 255 bits. One in each byte, and the digits "0" of as many.
_BYTES = 255
_ONES = int.from_bytes(b"\x01" * _BYTES, "big")
_DIGITS = int.from_bytes(b"0" * _BYTES, "big")
_LOW = (1 << 127) - 1


def seal(
    key: "bytes | bytearray", nonce: bytes, plaintext: "bytes | bytearray", associated: bytes = b""
) -> bytes:
    """Ciphertext and tag (section 7.1)."""
    ciphertext, hidden, subkey = _crypt(key, nonce, plaintext)
    return ciphertext + _tag(hidden, subkey, ciphertext, associated)


def open_sealed(
    key: "bytes | bytearray", nonce: bytes, sealed: "bytes | bytearray", associated: bytes = b""
) -> bytes:
    """What was sealed (section 7.2). Raises BadSeal."""
    if len(sealed) < TAG:
        raise BadSeal
    ciphertext = bytes(sealed[:-TAG])
    plaintext, hidden, subkey = _crypt(key, nonce, ciphertext)
    if not equal(_tag(hidden, subkey, ciphertext, associated), bytes(sealed[-TAG:])):
        raise BadSeal
    return plaintext


def _crypt(key: "bytes | bytearray", nonce: bytes, data: "bytes | bytearray") -> "tuple[bytes, int, int]":
    """`data` through counter mode; the block that hides the tag; the subkey of the hash, spread."""
    subkey = bytearray(_BLOCK)
    cipher = aesio.AES(key, aesio.MODE_ECB)
    cipher.encrypt_into(subkey, subkey)
    room = bytearray(_BLOCK) + data
    cipher = aesio.AES(key, aesio.MODE_CTR, nonce + b"\x00\x00\x00\x01")
    cipher.encrypt_into(room, room)
    # The cipher holds the key, and lies about as garbage until its memory is used again.
    cipher.rekey(_NO_KEY)
    return bytes(room[_BLOCK:]), int.from_bytes(room[:_BLOCK], "big"), _spread(int.from_bytes(subkey, "big"))


def _tag(hidden: int, subkey: int, ciphertext: bytes, associated: bytes) -> bytes:
    """GHASH (section 6.4) of both, each filled up to whole blocks, and of their lengths; and hidden."""
    total = 0
    lengths = (8 * len(associated)).to_bytes(8, "big") + (8 * len(ciphertext)).to_bytes(8, "big")
    for data in (associated, ciphertext, lengths):
        for at in range(0, len(data), _BLOCK):
            block = data[at : at + _BLOCK]
            value = int.from_bytes(block + bytes(_BLOCK - len(block)), "big")
            total = _times(total ^ value, subkey)
    return (total ^ hidden).to_bytes(_BLOCK, "big")


def _spread(block: int) -> int:
    """Each bit in a byte of its own: the last bit of each binary digit as text."""
    return int.from_bytes(bin(block).encode(), "big") & _ONES


def _times(block: int, spread: int) -> int:
    """The product in GF(2^128), of which the highest bit is the coefficient of x^0 (section 6.3)."""
    digits = (_spread(block) * spread & _ONES | _DIGITS).to_bytes(_BYTES, "big")
    product = int(digits, 2)
    # x^128 is 1 + x + x^2 + x^7. What is folded once may reach below again, by six bits.
    for _ in range(2):
        low = product & _LOW
        product ^= low ^ low << 128 ^ low << 127 ^ low << 126 ^ low << 121
    return product >> 127
