"""The test vectors of the RFCs: RFC 4226 appendix D and RFC 6238 appendix B."""

from __future__ import annotations

HOTP = list(
    enumerate(
        ("755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489")
    )
)

_DIGITS = b"1234567890"
_SECRETS = {
    "SHA1": (_DIGITS * 2)[:20],
    "SHA256": (_DIGITS * 4)[:32],
    "SHA512": (_DIGITS * 7)[:64],
}
_TABLE = {
    59: ("94287082", "46119246", "90693936"),
    1111111109: ("07081804", "68084774", "25091201"),
    1111111111: ("14050471", "67062674", "99943326"),
    1234567890: ("89005924", "91819424", "93441116"),
    2000000000: ("69279037", "90698825", "38618901"),
    20000000000: ("65353130", "77737706", "47863826"),
}

#: Unix time, algorithm, secret and eight-digit code: 18 vectors.
TOTP = [
    (time, algorithm, _SECRETS[algorithm], code)
    for time, codes in _TABLE.items()
    for algorithm, code in zip(_SECRETS, codes, strict=True)
]
