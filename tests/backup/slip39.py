"""Joins word lists as SLIP-39 says, without the library that the command uses: a second opinion for tests."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from shamir_mnemonic.wordlist import WORDLIST

_SECRET, _DIGEST = 255, 254


@dataclass(frozen=True)
class Part:
    """A word list, taken apart."""

    identifier: int
    extendable: bool
    exponent: int
    group: int
    groups_needed: int
    place: int
    needed: int
    value: bytes


def part(words: Sequence[str]) -> Part:
    bits = "".join(f"{WORDLIST.index(word):010b}" for word in words)
    fields, at = [], 0
    for size in (15, 1, 4, 4, 4, 4, 4, 4):
        fields.append(int(bits[at : at + size], 2))
        at += size
    identifier, extendable, exponent, group, groups_needed, _, place, needed = fields
    value = bits[at:-30]
    size = len(value) // 16 * 2
    content = int(value, 2).to_bytes(size, "big")
    return Part(identifier, bool(extendable), exponent, group, groups_needed + 1, place, needed + 1, content)


def _times(a: int, b: int) -> int:
    """The product in Rijndael's field."""
    product = 0
    while b:
        product ^= a * (b & 1)
        a = a << 1 ^ 0x11B * (a >> 7)
        b >>= 1
    return product


def _inverse(a: int) -> int:
    return next(b for b in range(256) if _times(a, b) == 1)


def _at(x: int, points: dict[int, bytes]) -> bytes:
    """Lagrange's interpolation, byte by byte."""
    size = len(next(iter(points.values())))
    out = bytearray(size)
    for xi, values in points.items():
        factor = 1
        for xj in points:
            if xj != xi:
                factor = _times(factor, _times(x ^ xj, _inverse(xi ^ xj)))
        for place, value in enumerate(values):
            out[place] ^= _times(factor, value)
    return bytes(out)


def _joined(points: dict[int, bytes]) -> bytes:
    if len(points) == 1:
        return next(iter(points.values()))
    secret, digest = _at(_SECRET, points), _at(_DIGEST, points)
    assert hmac.digest(digest[4:], secret, "sha256")[:4] == digest[:4]
    return secret


def master_secret(lists: Sequence[Sequence[str]], passphrase: bytes = b"") -> bytes:
    """The master secret of exactly as many lists as are needed."""
    parts = sorted(map(part, lists), key=lambda one: one.group)
    groups = {
        number: _joined({one.place: one.value for one in ones})
        for number, ones in groupby(parts, key=lambda one: one.group)
    }
    sealed, first = _joined(groups), parts[0]
    salt = b"" if first.extendable else b"shamir" + first.identifier.to_bytes(2, "big")
    half = len(sealed) // 2
    left, right = sealed[:half], sealed[half:]
    for number in reversed(range(4)):
        mask = hashlib.pbkdf2_hmac(
            "sha256", bytes([number]) + passphrase, salt + right, 2500 << first.exponent, half
        )
        left, right = right, bytes(a ^ b for a, b in zip(left, mask, strict=True))
    return right + left
