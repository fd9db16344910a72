"""What a PIN or a passphrase has to be, and a passphrase's key by Argon2id (RFC 9106).

It is derived on the host: a key's own memory is far too small.
"""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey_protocol import limits

#: The second recommended option of RFC 9106 section 4: 64 MiB, 3 passes, 4 lanes.
MEMORY = 64 * 1024
PASSES = 3
LANES = 4
#: The most that a key or a backup may ask for: a few times what we have ever written, seconds of work.
MOST_MEMORY, MOST_PASSES, MOST_LANES = 4 * MEMORY, 4 * PASSES, 4 * LANES
#: Shorter passphrases, in characters, are refused.
SHORTEST = 12
#: So are those that zxcvbn has fewer guesses for: it calls as many "very unguessable", its highest score.
LEAST_GUESSES = 10**10
#: zxcvbn looks at so many characters at most.
_LOOKED_AT = 72


@dataclass(frozen=True)
class Parameters:
    """What a passphrase's key is derived with: salt, memory in KiB, passes over it, lanes. None is secret."""

    salt: bytes
    memory: int = MEMORY
    passes: int = PASSES
    lanes: int = LANES


def within_bounds(parameters: Parameters) -> bool:
    """A false key must get neither a cheap derivation, easy to try words against, nor all of the memory."""
    return (
        len(parameters.salt) == limits.SALT
        and MEMORY <= parameters.memory <= MOST_MEMORY
        and PASSES <= parameters.passes <= MOST_PASSES
        and 1 <= parameters.lanes <= MOST_LANES
    )


def new_parameters() -> Parameters:
    """Today's parameters with a fresh salt."""
    return Parameters(os.urandom(limits.SALT))


def check_new(passphrase: str) -> None:
    """Raise InvalidLock for one that is too short, or too easily guessed, to be set."""
    if len(unicodedata.normalize("NFC", passphrase)) < SHORTEST:
        raise errors.InvalidLock(
            tr(
                "A passphrase of less than {shortest} characters does not protect a key: anyone who reads "
                "the key's flash can try passphrases by the million, with nobody to count the tries.",
                shortest=SHORTEST,
            ),
            tr(
                "Take four words or more, chosen by dice or by a generator; a sentence from a book is weaker."
            ),
        )
    if guesses(passphrase) < LEAST_GUESSES:
        raise errors.InvalidLock(
            tr(
                "This passphrase is easy to guess: it is made of common words, repetitions, dates or"
                " neighbouring keys."
            ),
            tr("Have four random words made for you: just press Enter where the passphrase is asked for."),
        )


def guesses(passphrase: str) -> float:
    """How many guesses a program needs that knows what people choose, as zxcvbn reckons."""
    from zxcvbn import zxcvbn

    return float(zxcvbn(unicodedata.normalize("NFC", passphrase)[:_LOOKED_AT])["guesses"])


def derive(passphrase: str, parameters: Parameters) -> bytes:
    """The 32 bytes that a key takes for `passphrase` (its NFC form in UTF-8).

    Raises InvalidLock for what is no text, BadReply for parameters that no key of ours has, and
    DerivationFailed where this computer cannot do it.
    """
    _check(parameters)
    try:
        text = unicodedata.normalize("NFC", passphrase).encode()
    except UnicodeEncodeError:
        raise errors.InvalidLock(
            tr("The passphrase has invalid characters."),
            tr("Check the terminal's character encoding: UTF-8."),
        ) from None
    return argon2id(text, parameters.salt, parameters.memory, parameters.passes, parameters.lanes)


def derive_for_owner(phrase: str, key: str, account: str, salt: bytes) -> bytes:
    """The 32 bytes for the passphrase of somebody who lends that account of that key.

    `salt`: drawn with the account's first end, and kept by the key. Raises InvalidLock and
    DerivationFailed.
    """
    import hashlib

    whole = hashlib.sha256(f"totpkey owner {key} {account} {salt.hex()}".encode()).digest()
    return derive(phrase, Parameters(whole[: limits.SALT]))


def verifier_of(derived: bytes) -> bytes:
    """What a key knows the owner of an end by."""
    import hmac

    return hmac.digest(derived, b"totpkey owner", "sha256")[: limits.VERIFIER]


def proof_of(verifier: bytes, challenge: bytes, account: str, end: bytes) -> bytes:
    """The owner's answer to a key's challenge. It is good for this end of this account, and once."""
    import hmac

    return hmac.digest(verifier, challenge + bytes.fromhex(account) + end, "sha256")


def argon2id(text: bytes, salt: bytes, memory: int, passes: int, lanes: int) -> bytes:
    """32 bytes by Argon2id (RFC 9106), `memory` in KiB. Raises DerivationFailed."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    try:
        return Argon2id(
            salt=salt, length=limits.DERIVED, iterations=passes, lanes=lanes, memory_cost=memory
        ).derive(text)
    except UnsupportedAlgorithm:
        raise errors.DerivationFailed(
            tr("The OpenSSL that Python's cryptography package uses has no Argon2id."),
            tr("Install the package from PyPI (`pip install cryptography`), which brings one that has."),
        ) from None
    except MemoryError:
        raise errors.DerivationFailed(
            tr("This computer has no {value} MiB of memory to spare.", value=memory // 1024),
            tr("Close other programs, then run the command again."),
        ) from None


def _check(parameters: Parameters) -> None:
    if not within_bounds(parameters):
        raise errors.BadReply(
            tr("The key asks for its passphrase in a way that no genuine key does."),
            tr("Do not enter the passphrase: this may be another key made to look like yours."),
        )


#: The columns of a keypad, in either direction.
_COLUMNS = re.compile("(?:147|2580?|369|741|0?852|963)+")


def check_pin(pin: str) -> None:
    """Raise InvalidLock for anything but a PIN. A typing error that is found here uses up no try."""
    if not (limits.PIN_LEAST <= len(pin) <= limits.PIN_MOST and pin.isascii() and pin.isdigit()):
        raise errors.InvalidLock(
            tr(
                "A PIN has {pin_least} to {pin_most} digits and nothing else.",
                pin_least=limits.PIN_LEAST,
                pin_most=limits.PIN_MOST,
            ),
            tr("Letters and longer texts are for a passphrase: `totpkey passphrase set`."),
        )


def is_early_guess(pin: str) -> bool:
    """Whether a PIN repeats a digit or a block, counts up or down, or goes along a keypad's columns, as 4444,
    1212, 1234, 9876 and 2580 do.
    """
    steps = {(int(second) - int(first)) % 10 for first, second in pairwise(pin)}
    counts = len(steps) == 1 and steps <= {1, 9}
    return counts or pin in (pin + pin)[1:-1] or _COLUMNS.fullmatch(pin) is not None
