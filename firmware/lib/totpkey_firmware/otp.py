"""One-time codes: HOTP (RFC 4226), and the time step of TOTP (RFC 6238)."""

from .crypto.hmac import hmac

#: Steam Guard's characters: none that is easily taken for another.
_STEAM = "23456789BCDFGHJKMNPQRTVWXY"
_STEAM_DIGITS = 5


def truncated(algorithm: str, secret: bytes, counter: int) -> int:
    """The 31 bits that a code is made of (RFC 4226 section 5.3)."""
    mac = hmac(algorithm, secret, counter.to_bytes(8, "big"))
    offset = mac[-1] & 15
    return int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF


def hotp(algorithm: str, secret: bytes, counter: int, digits: int) -> str:
    """The code for `counter`, of `digits` digits (RFC 4226 section 5.3)."""
    text = str(truncated(algorithm, secret, counter) % 10**digits)
    return "0" * (digits - len(text)) + text


def steam(secret: bytes, step: int) -> str:
    """Steam Guard's code for time step `step`: the same bits, written with 26 characters, lowest first."""
    number = truncated("SHA1", secret, step)
    text = ""
    for _ in range(_STEAM_DIGITS):
        text += _STEAM[number % len(_STEAM)]
        number //= len(_STEAM)
    return text


def time_step(time: int, period: int) -> int:
    """T of RFC 6238 section 4.2, with T0 = 0: the counter for Unix time `time`."""
    return time // period
