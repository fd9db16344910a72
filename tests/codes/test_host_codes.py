"""The host's own codes against the RFCs' test values and against pyotp."""

import base64
import hashlib
import random
from datetime import UTC, datetime

import pyotp
import pytest

from tests.support.vectors import HOTP, TOTP
from totpkey.accounts.codes import hotp, totp

ALGORITHMS = ("SHA1", "SHA256", "SHA512")


@pytest.mark.parametrize(("counter", "code"), HOTP)
def test_rfc_4226_appendix_d(counter: int, code: str) -> None:
    assert hotp(b"12345678901234567890", counter) == code


@pytest.mark.parametrize(("time", "algorithm", "secret", "code"), TOTP)
def test_rfc_6238_appendix_b(time: int, algorithm: str, secret: bytes, code: str) -> None:
    assert totp(secret, time, algorithm, digits=8) == code


class AnyLength(pyotp.TOTP):
    """pyotp's TOTP for secrets of any length."""

    min_secret_length_bits = 0


def test_ten_thousand_random_accounts_agree_with_pyotp() -> None:
    chance = random.Random(6238)
    for _ in range(10_000):
        secret = chance.randbytes(chance.randint(1, 128))
        time = chance.randrange(2**32)
        algorithm = chance.choice(ALGORITHMS)
        digits, period = chance.randint(6, 8), chance.randint(10, 300)
        digest = getattr(hashlib, algorithm.lower())
        oracle = AnyLength(base64.b32encode(secret).decode(), digits=digits, digest=digest)
        # Set afterwards, since pyotp's own check ends at 120 s.
        oracle.interval = period
        assert totp(secret, time, algorithm, digits, period) == oracle.at(datetime.fromtimestamp(time, UTC))
