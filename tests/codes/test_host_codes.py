"""The host's own codes against pyotp."""

import base64
import hashlib
import random
from datetime import UTC, datetime

import pyotp

from totpkey.accounts.codes import totp

ALGORITHMS = ("SHA1", "SHA256", "SHA512")


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
