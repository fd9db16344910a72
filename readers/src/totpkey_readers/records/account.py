"""An account as another program keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field

from totpkey_readers.records.problem import Note, Problem

TOTP, HOTP, STEAM = "totp", "hotp", "steam"
ALGORITHMS = ("SHA1", "SHA256", "SHA512")
#: Characters of a Steam Guard code.
STEAM_DIGITS = 5


def joined_name(issuer: str, label: str) -> str:
    """The name of an account, as people write it."""
    return f"{issuer}:{label}" if issuer else label


def split_name(name: str) -> tuple[str, str]:
    """Issuer and label of a name, split at the first colon; without one there is no issuer."""
    prefix, colon, rest = name.partition(":")
    return (prefix.strip(), rest.strip()) if colon else ("", name.strip())


@dataclass(frozen=True)
class Account:
    """All inputs of an account's codes. Its repr leaves the secret out.

    `period` is in seconds, for TOTP and Steam. `counter` is for HOTP only.
    """

    issuer: str
    label: str
    secret: bytes = field(repr=False)
    algorithm: str = "SHA1"
    digits: int = 6
    period: int = 30
    type: str = TOTP
    counter: int = 0

    @property
    def name(self) -> str:
        return joined_name(self.issuer, self.label)


@dataclass(frozen=True)
class Reading:
    """An account, and warnings about how it was read."""

    account: Account
    warnings: tuple[Note, ...] = ()


def algorithm_of(spelling: str) -> str:
    """SHA1, SHA256 or SHA512 for any usual spelling: `sha1`, `SHA-256`, `HmacSHA512`. Raises Problem."""
    plain = spelling.strip().upper().replace("-", "").replace("_", "").removeprefix("HMAC")
    if plain not in ALGORITHMS:
        raise Problem("algorithm", known=", ".join(ALGORITHMS))
    return plain
