"""Secrets as sites show them: base32 (RFC 4648 section 6) in any case, in groups, with or without padding."""

from __future__ import annotations

from totpkey_readers.records.problem import Problem

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
#: The longest secret, in bytes. The longest text that is looked at, in characters: it, with something between
#: any two.
_MOST = 256
_LONGEST = 8 * (-(-_MOST * 8 // 5))
#: Digits that are not in base32's alphabet, since they look like letters.
_LOOKALIKES = {"0": "O", "1": "I or L", "8": "B"}
#: Characters that sites, word processors and clipboards put between the groups.
_SEPARATORS = frozenset("-=_\u00ad\u200b\u200c\u200d\u2010\u2011\u2012\u2013\u2014\u2060\ufeff")


def squeeze(text: str) -> str:
    """`text` without spaces, dashes, padding and invisible characters, its ASCII letters in upper case."""
    kept = (character for character in text if not character.isspace() and character not in _SEPARATORS)
    return "".join(character.upper() if character.isascii() else character for character in kept)


def is_odd(text: str) -> bool:
    """Whether `text` has a length that no whole number of bytes gives. Some sites show such secrets."""
    return len(text) <= _LONGEST and len(squeeze(text)) % 8 in (1, 3, 6)


def decode(text: str, lenient: bool = False) -> bytes:
    """The secret in `text`: at least one byte.

    `lenient` accepts a length that no whole number of bytes gives, and drops the remaining bits.
    Raises Problem.
    """
    if len(text) > _LONGEST:
        # Before any work: what is not a secret may be of any length.
        raise _wrong_length(len(text) * 5 // 8)
    digits = squeeze(text)
    _check_characters(digits)
    if not lenient and is_odd(digits):
        raise Problem("secret_cut", count=len(digits))
    secret = _bytes(digits)
    if not 1 <= len(secret) <= _MOST:
        raise _wrong_length(len(secret))
    return secret


def encode(secret: bytes) -> str:
    """`secret` in base32 without padding."""
    characters = -(-len(secret) * 8 // 5)
    bits = int.from_bytes(secret, "big") << characters * 5 - len(secret) * 8
    return "".join(ALPHABET[bits >> 5 * place & 31] for place in reversed(range(characters)))


def _wrong_length(count: int) -> Problem:
    return Problem("secret_length", count=count)


def _check_characters(digits: str) -> None:
    """Raise an error that gives the position of the first invalid character. It names only lookalikes."""
    for place, character in enumerate(digits, 1):
        if character in _LOOKALIKES:
            raise Problem("secret_lookalike", place=place, digit=character, letter=_LOOKALIKES[character])
        if character not in ALPHABET:
            raise Problem("secret_character", place=place)


def _bytes(digits: str) -> bytes:
    bits = 0
    for character in digits:
        bits = bits << 5 | ALPHABET.index(character)
    length = len(digits) * 5 // 8
    return (bits >> len(digits) * 5 - length * 8).to_bytes(length, "big")
