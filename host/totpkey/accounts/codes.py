"""The host's own HOTP and TOTP, independent of the key's. They prove an enrolment."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from totpkey.accounts.account import Account

_DIGESTS = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}
_STEAM = "23456789BCDFGHJKMNPQRTVWXY"


def hotp(secret: bytes, counter: int, algorithm: str = "SHA1", digits: int = 6) -> str:
    """The code for an 8-byte counter (RFC 4226 section 5.3; other digests as in RFC 6238 section 1.2).

    Raises KeyError for an algorithm other than SHA1, SHA256 and SHA512, OverflowError for a counter
    outside 0 to 2**64 - 1.
    """
    return str(_truncated(secret, counter, algorithm) % 10**digits).zfill(digits)


def steam(secret: bytes, time: int, period: int = 30) -> str:
    """Steam Guard's code at `time`, in Unix seconds: RFC 4226's 31 bits in base 26, lowest first."""
    number = _truncated(secret, time // period, "SHA1")
    return "".join(_STEAM[number // len(_STEAM) ** place % len(_STEAM)] for place in range(5))


def of(account: Account, moment: int) -> str:
    """The code of an account at `moment`, in Unix seconds. For HOTP, that of its counter."""
    if account.type == "steam":
        return steam(account.secret, moment, account.period)
    counter = account.counter if account.type == "hotp" else moment // account.period
    return hotp(account.secret, counter, account.algorithm, account.digits)


def _truncated(secret: bytes, counter: int, algorithm: str) -> int:
    mac = hmac.digest(secret, counter.to_bytes(8, "big"), _DIGESTS[algorithm])
    offset = mac[-1] & 0x0F
    return int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF


def totp(secret: bytes, time: int, algorithm: str = "SHA1", digits: int = 6, period: int = 30) -> str:
    """The code at `time`, in Unix seconds, for time steps of `period` seconds (RFC 6238 section 4.2)."""
    return hotp(secret, time // period, algorithm, digits)
