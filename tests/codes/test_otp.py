"""The firmware's codes on CPython, and the command's, against RFCs and other implementations."""

from __future__ import annotations

import base64
import hashlib
import hmac as reference
import random
from collections.abc import Callable

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyotp.contrib.steam import Steam

from tests.support.cases import slow
from tests.support.published import HOTP, TOTP
from totpkey.accounts import codes
from totpkey_firmware import otp
from totpkey_firmware.crypto import hmac, sha512


class Oracle(pyotp.HOTP):
    """pyotp, told to take the short secrets that some sites give."""

    min_secret_length_bits = 0


@pytest.mark.parametrize(("counter", "code"), HOTP)
def test_rfc_4226(counter: int, code: str) -> None:
    assert otp.hotp("SHA1", b"12345678901234567890", counter, 6) == code


@pytest.mark.parametrize(("time", "algorithm", "secret", "code"), TOTP)
def test_rfc_6238(time: int, algorithm: str, secret: bytes, code: str) -> None:
    assert otp.hotp(algorithm, secret, otp.time_step(time, 30), 8) == code


def on_the_key(secret: bytes, time: int, algorithm: str, digits: int, period: int) -> str:
    return otp.hotp(algorithm, secret, otp.time_step(time, period), digits)


@pytest.mark.parametrize("code_of", [slow(on_the_key), codes.totp])
def test_ten_thousand_random_codes_agree_with_pyotp(code_of: Callable[..., str]) -> None:
    source = random.Random(6238)
    for _ in range(10_000):
        # The key's SHA-512 in plain Python is slow: one in ten is enough of it.
        algorithm = source.choices(("SHA1", "SHA256", "SHA512"), (9, 9, 2))[0]
        secret = source.randbytes(source.randint(1, 128))
        digits, period = source.randint(6, 8), source.randint(10, 300)
        time = source.randrange(1 << 33)
        text, digest = base64.b32encode(secret).decode(), getattr(hashlib, algorithm.lower())
        oracle = Oracle(text, digits=digits, digest=digest)
        assert code_of(secret, time, algorithm, digits, period) == oracle.generate_otp(time // period)


@given(st.binary(min_size=20, max_size=40), st.integers(0, 1 << 33))
def test_steam_guard_agrees_with_pyotp(secret: bytes, time: int) -> None:
    oracle = Steam(base64.b32encode(secret).decode())
    assert otp.steam(secret, otp.time_step(time, 30)) == oracle.generate_otp(time // 30)
    assert codes.steam(secret, time) == oracle.generate_otp(time // 30)


@given(st.binary(max_size=3000))
def test_sha512(message: bytes) -> None:
    assert sha512.digest(message) == hashlib.sha512(message).digest()


@given(st.sampled_from(["SHA1", "SHA256", "SHA512"]), st.binary(max_size=200), st.binary(max_size=60))
def test_hmac(algorithm: str, key: bytes, message: bytes) -> None:
    assert hmac.hmac(algorithm, key, message) == reference.digest(key, message, algorithm.lower())
