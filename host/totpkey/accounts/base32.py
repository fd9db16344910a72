"""Secrets as sites show them: base32 (RFC 4648 section 6) in any case, in groups, with or without padding."""

from __future__ import annotations

from totpkey import errors
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey_protocol import limits

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
#: The longest text that is looked at, in characters: a whole secret, with something between any two.
_LONGEST = 8 * (-(-limits.SECRET * 8 // 5))
#: Digits that are not in base32's alphabet, since they look like letters.
_LOOKALIKES = {"0": "O", "1": _("I or L"), "8": "B"}
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
    """The secret in `text`: 1 to `limits.SECRET` bytes.

    `lenient` accepts a length that no whole number of bytes gives, and drops the remaining bits.
    Raises InvalidAccount.
    """
    if len(text) > _LONGEST:
        # Before any work: what is not a secret may be of any length.
        raise _wrong_length(len(text) * 5 // 8)
    digits = squeeze(text)
    _check_characters(digits)
    if not lenient and is_odd(digits):
        raise errors.InvalidAccount(
            tr(
                "The setup key has {count} characters, which cannot be right: its end is probably missing.",
                count=len(digits),
            ),
            tr("Copy all of it again; if the site really shows it like this, use --lenient."),
        )
    secret = _bytes(digits)
    if not 1 <= len(secret) <= limits.SECRET:
        raise _wrong_length(len(secret))
    return secret


def encode(secret: bytes) -> str:
    """`secret` in base32 without padding."""
    characters = -(-len(secret) * 8 // 5)
    bits = int.from_bytes(secret, "big") << characters * 5 - len(secret) * 8
    return "".join(ALPHABET[bits >> 5 * place & 31] for place in reversed(range(characters)))


def _wrong_length(count: int) -> errors.InvalidAccount:
    return errors.InvalidAccount(
        tr("The setup key has {count} bytes; a key takes 1 to {most}.", count=count, most=limits.SECRET),
        tr("Copy it again."),
    )


def _check_characters(digits: str) -> None:
    """Raise an error that gives the position of the first invalid character. It names only lookalikes."""
    for place, character in enumerate(digits, 1):
        if character in _LOOKALIKES:
            raise errors.InvalidAccount(
                tr(
                    "Character {place} of the setup key is the digit {digit},"
                    " which setup keys never contain.",
                    place=place,
                    digit=character,
                ),
                tr(
                    "It is probably the letter {letter}: check it against what the site shows.",
                    letter=tr(_LOOKALIKES[character]),
                ),
            )
        if character not in ALPHABET:
            raise errors.InvalidAccount(
                tr("Character {place} of the setup key is not one of A to Z and 2 to 7.", place=place),
                tr("Copy the setup key again, without the text around it."),
            )


def _bytes(digits: str) -> bytes:
    bits = 0
    for character in digits:
        bits = bits << 5 | ALPHABET.index(character)
    length = len(digits) * 5 // 8
    return (bits >> len(digits) * 5 - length * 8).to_bytes(length, "big")
