"""The host's own HOTP and TOTP, which shares nothing with the key's: it is what proves an enrolment."""

from __future__ import annotations

import hashlib
import hmac

_DIGESTS = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}


def hotp(secret: bytes, counter: int, algorithm: str = "SHA1", digits: int = 6) -> str:
    """The code for an 8-byte counter (RFC 4226 section 5.3; other digests as in RFC 6238 section 1.2).

    Raises KeyError for an algorithm other than SHA1, SHA256 and SHA512, OverflowError for a counter
    outside 0 to 2**64 - 1.
    """
    mac = hmac.digest(secret, counter.to_bytes(8, "big"), _DIGESTS[algorithm])
    offset = mac[-1] & 0x0F
    truncated = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(truncated % 10**digits).zfill(digits)


def totp(secret: bytes, time: int, algorithm: str = "SHA1", digits: int = 6, period: int = 30) -> str:
    """The code at `time`, in Unix seconds, for time steps of `period` seconds (RFC 6238 section 4.2)."""
    return hotp(secret, time // period, algorithm, digits)
