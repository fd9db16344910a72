"""One-time codes: HMAC (RFC 2104), HOTP (RFC 4226) and the time step of TOTP (RFC 6238)."""

import hashlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    #: What a long computation calls again and again.
    Meanwhile = Callable[[], None] | None

#: Block size in bytes of the hash behind each algorithm (FIPS 180-4 figure 1).
_BLOCKS = {"SHA1": 64, "SHA256": 64, "SHA512": 128}
#: Steam Guard's characters: none that is easily taken for another.
_STEAM = "23456789BCDFGHJKMNPQRTVWXY"
_STEAM_DIGITS = 5


def _digest(algorithm: str, message: bytes, meanwhile: "Meanwhile" = None) -> bytes:
    if algorithm == "SHA512":
        # Few accounts want it and it is not native: loaded by those alone.
        from .crypto import sha512

        if meanwhile:
            meanwhile()
        return sha512.digest(message, meanwhile)
    # CircuitPython has hashlib.new alone, with no hexdigest and no copy.
    return hashlib.new(algorithm.lower(), message).digest()


def pad(key: bytes, byte: bytes, size: int) -> bytes:
    """`key`, filled up with zeros, xor `byte`: as whole numbers, which is twice as fast as a loop."""
    filled = int.from_bytes(key + bytes(size - len(key)), "big")
    return (filled ^ int.from_bytes(byte * size, "big")).to_bytes(size, "big")


def hmac(algorithm: str, key: bytes, message: bytes, meanwhile: "Meanwhile" = None) -> bytes:
    """HMAC of `message` (RFC 2104 section 2)."""
    size = _BLOCKS[algorithm]
    if len(key) > size:
        key = _digest(algorithm, key, meanwhile)
    inner = _digest(algorithm, pad(key, b"\x36", size) + message, meanwhile)
    return _digest(algorithm, pad(key, b"\x5c", size) + inner, meanwhile)


def truncated(algorithm: str, secret: bytes, counter: int, meanwhile: "Meanwhile" = None) -> int:
    """The 31 bits that a code is made of (RFC 4226 section 5.3)."""
    mac = hmac(algorithm, secret, counter.to_bytes(8, "big"), meanwhile)
    offset = mac[-1] & 15
    return int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF


def hotp(algorithm: str, secret: bytes, counter: int, digits: int, meanwhile: "Meanwhile" = None) -> str:
    """The code for `counter`, of `digits` digits (RFC 4226 section 5.3)."""
    text = str(truncated(algorithm, secret, counter, meanwhile) % 10**digits)
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
