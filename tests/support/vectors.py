"""The test vectors of the RFCs for codes: RFC 4226 appendix D and RFC 6238 appendix B."""

from __future__ import annotations

from tests.support.published import published

#: Counter and code of six digits, for the secret 12345678901234567890.
HOTP = [(int(vector["counter"]), vector["hotp"]) for vector in published("twofactor/rfc-4226.txt")]
#: Unix time, algorithm, secret and code of eight digits.
TOTP = [
    (int(vector["time"]), vector["mode"], vector["secret"].encode(), vector["totp"])
    for vector in published("twofactor/rfc-6238.txt")
]
