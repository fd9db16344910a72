"""How a secret may be written, and whether it is written somewhere.

Two views of the data are searched. As it is: the bytes themselves, their escapes in Python, and base64. And
folded, that is in lower case, without blanks and the marks that group characters: hexadecimal, base32, lists
of numbers, and text. Base32 and base64 are found at every alignment, so also within a longer encoded text.
"""

from __future__ import annotations

import base64
from collections.abc import Callable

#: A secret that is shorter, or has fewer different bytes, cannot be told from what stands there by chance.
LEAST_BYTES = 8
LEAST_DIFFERENT = 6
#: Of memory that is given away by pieces, so many bytes in a row of a secret count.
BLOCK = 8

_GROUPING = b" \t\r\n-:_,"


def fold(data: bytes) -> bytes:
    """The data in lower case, without what groups characters."""
    return data.lower().translate(None, _GROUPING)


def can_be_told(secret: bytes) -> bool:
    """Whether the secret is unlike what stands anywhere by chance."""
    return len(secret) >= LEAST_BYTES and len(set(secret)) >= LEAST_DIFFERENT


def as_it_is(secret: bytes) -> dict[str, bytes]:
    """Spellings to be found in the data itself, by name."""
    found = {"raw": secret, "escaped": repr(secret)[2:-1].encode()}
    for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
        found |= _at_alignments(name, secret, encode, 3, 6)
    return found


def folded(secret: bytes) -> dict[str, bytes]:
    """Spellings to be found in folded data, by name."""
    numbers = ",".join(map(str, secret)).encode()
    found = {"hex": secret.hex().encode(), "numbers": fold(numbers), "text": fold(secret)}
    if len(found["text"]) < LEAST_BYTES:
        del found["text"]
    aligned = _at_alignments("base32", secret, base64.b32encode, 5, 5)
    return found | {name: spelling.lower() for name, spelling in aligned.items()}


def blocks(secret: bytes) -> list[bytes]:
    """Pieces of the secret, one of which stands in any 15 bytes of it."""
    pieces = [secret[at : at + BLOCK] for at in range(0, len(secret) - BLOCK + 1, BLOCK)]
    return [piece for piece in pieces if can_be_told(piece)]


def _at_alignments(
    name: str, secret: bytes, encode: Callable[[bytes], bytes], alignments: int, bits: int
) -> dict[str, bytes]:
    """The characters that `secret` alone decides, behind 0 and more other bytes of the same encoded text."""
    found = {}
    for before in range(alignments):
        encoded = encode(bytes(before) + secret)
        first, end = -(-8 * before // bits), 8 * (before + len(secret)) // bits
        found[f"{name} behind {before}"] = encoded[first:end]
    return found
