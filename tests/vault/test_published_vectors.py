"""The key's cryptography against vectors that others publish: NIST's and the RFCs', and Project Wycheproof's.

NIST's and the RFCs' come with the package `cryptography-vectors`. Wycheproof's look for known mistakes; they
are among the samples that `tools/fetch_samples.py` brings.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.support.published import hexadecimal, published, wycheproof
from totpkey_firmware.crypto import gcm, kdf, siv, x25519
from totpkey_firmware.crypto.hmac import hmac


def test_siv() -> None:
    """The key uses two keys of AES-256, 64 bytes; the code takes the shorter ones of these vectors, too."""
    vectors = list(published("ciphers/AES/SIV/openssl.txt"))
    for vector in vectors:
        associated = tuple(hexadecimal(vector, name) for name in ("aad", "aad2", "aad3") if name in vector)
        sealed = hexadecimal(vector, "tag") + hexadecimal(vector, "ciphertext")
        key, plaintext = hexadecimal(vector, "key"), hexadecimal(vector, "plaintext")
        assert siv.seal(key, associated, plaintext) == sealed
        assert siv.open_sealed(key, associated, sealed) == plaintext
    assert len(vectors) > 3


def test_gcm() -> None:
    vectors = [each for each in published("ciphers/AES/GCM/gcmDecrypt256.rsp") if "key" in each]
    judged = 0
    for vector in vectors[::25]:
        nonce, tag = hexadecimal(vector, "iv"), hexadecimal(vector, "tag")
        if len(nonce) != 12 or len(tag) != 16:
            continue
        judged += 1
        opened = partial(gcm.open_sealed, hexadecimal(vector, "key"), nonce)
        sealed = hexadecimal(vector, "ct") + tag
        if "pt" in vector:
            assert opened(sealed, hexadecimal(vector, "aad")) == hexadecimal(vector, "pt")
        else:
            with pytest.raises(siv.BadSeal):
                opened(sealed, hexadecimal(vector, "aad"))
    assert judged > 5


def test_x25519() -> None:
    vectors = [each for each in published("asymmetric/X25519/rfc7748.txt") if "input_scalar" in each]
    for vector in vectors[:2]:
        scalar, point = hexadecimal(vector, "input_scalar"), hexadecimal(vector, "input_u")
        assert x25519.multiply(scalar, point) == hexadecimal(vector, "output_u")
    assert len(vectors) >= 2


def _siv(test: dict[str, Any]) -> bytes:
    sealed = siv.seal(bytes.fromhex(test["key"]), (bytes.fromhex(test["aad"]),), bytes.fromhex(test["msg"]))
    opened = siv.open_sealed(
        bytes.fromhex(test["key"]), (bytes.fromhex(test["aad"]),), bytes.fromhex(test["ct"])
    )
    assert opened.hex() == test["msg"]
    return bytes(sealed)


def _gcm(test: dict[str, Any]) -> bytes:
    key, nonce, associated = (bytes.fromhex(test[name]) for name in ("key", "iv", "aad"))
    opened = gcm.open_sealed(key, nonce, bytes.fromhex(test["ct"] + test["tag"]), associated)
    assert opened.hex() == test["msg"]
    return bytes(opened)


def _hmac(algorithm: str, test: dict[str, Any]) -> bytes:
    tag = hmac(algorithm, bytes.fromhex(test["key"]), bytes.fromhex(test["msg"]))
    return bytes(tag)[: len(test["tag"]) // 2]


def _hkdf(test: dict[str, Any]) -> bytes:
    extracted = hmac("SHA256", bytes.fromhex(test["salt"]), bytes.fromhex(test["ikm"]))
    return bytes(kdf.expand(extracted, bytes.fromhex(test["info"])))[: test["size"]]


def _pbkdf2(test: dict[str, Any]) -> bytes:
    password, salt = bytes.fromhex(test["password"]), bytes.fromhex(test["salt"])
    return kdf.pbkdf2(password, salt, test["iterationCount"])[: test["dkLen"]]


def _x25519(test: dict[str, Any]) -> bytes:
    return x25519.multiply(bytes.fromhex(test["private"]), bytes.fromhex(test["public"]))


#: For each file: how to compute, the name of the right result, and which of its tests are for the key's code.
_JUDGED: dict[str, tuple[Callable[[dict[str, Any]], bytes], str, Callable[[dict[str, Any]], bool]]] = {
    "aes_siv_cmac": (_siv, "ct", lambda test: len(test["key"]) == 128),
    "aes_gcm": (_gcm, "msg", lambda test: len(test["key"]) == 64 and len(test["iv"]) == 24),
    "hmac_sha1": (partial(_hmac, "SHA1"), "tag", lambda test: True),
    "hmac_sha256": (partial(_hmac, "SHA256"), "tag", lambda test: True),
    "hmac_sha512": (partial(_hmac, "SHA512"), "tag", lambda test: True),
    "hkdf_sha256": (_hkdf, "okm", lambda test: test["size"] <= 64),
    "pbkdf2_hmacsha256": (_pbkdf2, "dk", lambda test: test["iterationCount"] <= 4096),
    "x25519": (_x25519, "shared", lambda test: test["tcId"] % 8 == 1),
}


@pytest.mark.parametrize("name", _JUDGED)
def test_wycheproof(name: str) -> None:
    """What is valid gives the result; what is not is refused, or gives another one."""
    compute, result, concerns = _JUDGED[name]
    judged = 0
    for test in filter(concerns, wycheproof(name)):
        judged += 1
        if test["result"] == "invalid":
            _require_refused(compute, test, result)
        else:
            # 32 bytes are all that the key derives from a PIN.
            expected = bytes.fromhex(test[result])[: 32 if name.startswith("pbkdf2") else None]
            assert compute(test) == expected, test["tcId"]
    assert judged > 20


def _require_refused(compute: Callable[[dict[str, Any]], bytes], test: dict[str, Any], result: str) -> None:
    try:
        found = compute(test)
    except siv.BadSeal:
        return
    assert found.hex() != test[result], test["tcId"]
