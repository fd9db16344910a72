"""The encodings in which a secret may appear.

Two views of the data are searched. The raw view finds the bytes, their Python escapes, and base64. The folded
view is in lower case without blanks and grouping characters; it finds hexadecimal, base32, lists of numbers,
and text. Base32 and base64 are found at every alignment, and therefore also within a longer encoded text.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from functools import lru_cache

#: A secret that is shorter or has fewer distinct bytes could occur by chance.
LEAST_BYTES = 8
LEAST_DIFFERENT = 6
#: Where memory may leak in pieces, this many consecutive bytes of a secret count.
BLOCK = 8

_GROUPING = b" \t\r\n-:_,"


def fold(data: bytes) -> bytes:
    """Return the data in lower case, without grouping characters."""
    return data.lower().translate(None, _GROUPING)


def can_be_told(secret: bytes) -> bool:
    """Return whether the secret is too long and varied to occur by chance."""
    return len(secret) >= LEAST_BYTES and len(set(secret)) >= LEAST_DIFFERENT


# The secrets of a life are looked for after each of its events.
@lru_cache(maxsize=4096)
def raw_spellings(secret: bytes) -> Mapping[str, bytes]:
    """Return the encodings to look for in the raw data, by name."""
    found = {"raw": secret, "escaped": repr(secret)[2:-1].encode()}
    for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
        found |= _at_alignments(name, secret, encode, 3, 6)
    return found


@lru_cache(maxsize=4096)
def folded_spellings(secret: bytes) -> Mapping[str, bytes]:
    """Return the encodings to look for in folded data, by name."""
    numbers = ",".join(map(str, secret)).encode()
    found = {"hex": secret.hex().encode(), "numbers": fold(numbers), "text": fold(secret)}
    if len(found["text"]) < LEAST_BYTES:
        del found["text"]
    aligned = _at_alignments("base32", secret, base64.b32encode, 5, 5)
    return found | {name: spelling.lower() for name, spelling in aligned.items()}


def blocks(secret: bytes) -> list[bytes]:
    """Return pieces of the secret, one of which is in any 15 consecutive bytes."""
    pieces = [secret[at : at + BLOCK] for at in range(0, len(secret) - BLOCK + 1, BLOCK)]
    return [piece for piece in pieces if can_be_told(piece)]


def _at_alignments(
    name: str, secret: bytes, encode: Callable[[bytes], bytes], alignments: int, bits: int
) -> dict[str, bytes]:
    """Return the characters that depend only on `secret`, after 0 or more other bytes of the encoded text."""
    found = {}
    for before in range(alignments):
        encoded = encode(bytes(before) + secret)
        first, end = -(-8 * before // bits), 8 * (before + len(secret)) // bits
        found[f"{name} behind {before}"] = encoded[first:end]
    return found
