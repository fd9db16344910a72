"""What opens other programs' files, against published vectors: Argon2id, scrypt, AES-GCM, AES-CBC."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.published import hexadecimal, published, wycheproof
from totpkey.locks import passphrase
from totpkey_readers.formats import locked
from totpkey_readers.records.problem import Problem

#: The shortest and the longest initial value that `open_gcm` takes, in bits.
_GCM_NONCES = range(64, 1025)


def test_argon2id() -> None:
    """The command derives 32 bytes, without a secret or associated data."""
    vectors = list(published("KDF/argon2id.txt", between=r"\n\s*\n"))
    taken = [each for each in vectors if each.get("length") == "32" and not {"secret", "ad"} & each.keys()]
    for vector in taken:
        memory, passes, lanes = (int(vector[name]) for name in ("memcost", "iter", "lanes"))
        text, salt = hexadecimal(vector, "pass"), hexadecimal(vector, "salt")
        found = passphrase.argon2id(text, salt, memory, passes, lanes)
        assert found == hexadecimal(vector, "output")
    assert len(taken) >= 2


def test_scrypt() -> None:
    """Its last step is PBKDF2, so the first 32 of 64 bytes are what is derived as 32."""
    vectors = [vector for vector in published("KDF/scrypt.txt") if vector["salt"]]
    taken = [vector for vector in vectors if int(vector["n"]) < 1 << 20]
    for vector in taken:
        found = locked.scrypt(vector["password"], vector["salt"].encode(), *_numbers(vector))
        assert found == hexadecimal(vector, "derived_key")[:32]
    assert len(taken) == 2


def _numbers(vector: dict[str, str]) -> tuple[int, int, int]:
    return int(vector["n"]), int(vector["r"]), int(vector["p"])


@pytest.mark.parametrize("name", ["128", "192", "256"])
def test_gcm(name: str) -> None:
    judged = 0
    for vector in published(f"ciphers/AES/GCM/gcmDecrypt{name}.rsp"):
        nonce, tag = hexadecimal(vector, "iv"), hexadecimal(vector, "tag")
        if len(tag) != 16 or 8 * len(nonce) not in _GCM_NONCES:
            continue
        judged += 1
        key, sealed = hexadecimal(vector, "key"), hexadecimal(vector, "ct") + tag
        if "pt" in vector:
            opened = locked.open_gcm(key, nonce, sealed, hexadecimal(vector, "aad"))
            assert opened == hexadecimal(vector, "pt")
        else:
            with pytest.raises(Problem):
                locked.open_gcm(key, nonce, sealed, hexadecimal(vector, "aad"))
    assert judged > 500


def test_gcm_of_wycheproof() -> None:
    tests = wycheproof("aes_gcm")
    for test in tests:
        key, nonce, associated = (bytes.fromhex(test[name]) for name in ("key", "iv", "aad"))
        sealed = bytes.fromhex(test["ct"] + test["tag"])
        valid = test["result"] != "invalid" and test["ivSize"] in _GCM_NONCES
        _expect(valid, test["msg"], lambda: locked.open_gcm(key, nonce, sealed, associated), test)  # noqa: B023
    assert len(tests) > 300


def test_cbc_of_wycheproof() -> None:
    """Wrong padding is a wrong password, or a damaged file."""
    tests = wycheproof("aes_cbc_pkcs5")
    for test in tests:
        key, iv, sealed = (bytes.fromhex(test[name]) for name in ("key", "iv", "ct"))
        valid = test["result"] != "invalid"
        _expect(valid, test["msg"], lambda: locked.open_cbc(key, iv, sealed), test)  # noqa: B023
    assert len(tests) > 150


def _expect(valid: bool, message: str, opened: Any, test: dict[str, Any]) -> None:
    if valid:
        assert opened().hex() == message, test["tcId"]
    else:
        with pytest.raises(Problem):
            opened()
