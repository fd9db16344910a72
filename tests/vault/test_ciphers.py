"""The key's cryptography against vectors that others publish, and against independent implementations.

The vectors are NIST's and the RFCs', and Project Wycheproof's. Random numbers are tested as far as they can
be.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import partial
from typing import Any

import aesio
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given
from hypothesis import strategies as st

from tests.support.published import hexadecimal, published, wycheproof
from totpkey_firmware.crypto import gcm, kdf, siv, x25519
from totpkey_firmware.crypto.hmac import hmac
from totpkey_firmware.crypto.siv import KEY, equal, open_in_place, open_sealed, seal


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


KEYS = st.binary(min_size=KEY, max_size=KEY)
#: Around the ends of blocks and of the pieces in which long ones are encrypted, and up to a page.
LENGTHS = st.one_of(st.integers(0, 70), st.integers(500, 540), st.integers(1010, 1040), st.just(4064))
ASSOCIATED = st.lists(st.binary(max_size=40), max_size=3)


@given(KEYS, ASSOCIATED, LENGTHS.flatmap(lambda length: st.binary(min_size=length, max_size=length)))
def test_agrees_with_an_independent_implementation(
    key: bytes, associated: list[bytes], plaintext: bytes
) -> None:
    sealed = seal(key, tuple(associated), plaintext)
    if plaintext:
        assert sealed == AESSIV(key).encrypt(plaintext, associated)
    assert open_sealed(key, tuple(associated), sealed) == plaintext
    assert open_in_place(key, tuple(associated), memoryview(sealed)) == plaintext


def test_no_cipher_is_left_with_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    # CircuitPython holds the key in the object, which lies in memory until that is used again.
    held: list[list[bytes]] = []

    class Watched(aesio.AES):
        def __init__(self, *arguments: Any) -> None:
            held.append([])
            super().__init__(*arguments)

        def rekey(self, key: bytes, IV: bytes | None = None) -> None:
            held[-1].append(bytes(key))
            super().rekey(key, IV)

    monkeypatch.setattr(aesio, "AES", Watched)
    key = bytes(range(KEY))
    assert open_sealed(key, (b"one",), seal(key, (b"one",), b"plaintext")) == b"plaintext"
    assert len(held) >= 4
    for first, *_, last in held:
        assert first in (key[:32], key[32:])
        assert last == bytes(32)


@given(st.binary(max_size=16), st.binary(max_size=16))
def test_equal_is_equality(one: bytes, other: bytes) -> None:
    assert equal(one, one) == (one != b"")
    assert equal(one, other) == equal(other, one) == (one == other != b"")
    assert equal(one, one + other) == (other == b"" != one)


@given(st.binary(max_size=64), st.binary(max_size=64), st.integers(1, 40))
def test_pbkdf2_agrees_with_an_independent_implementation(
    password: bytes, salt: bytes, iterations: int
) -> None:
    assert kdf.pbkdf2(password, salt, iterations) == hashlib.pbkdf2_hmac("sha256", password, salt, iterations)


@given(st.binary(min_size=1, max_size=64), st.binary(max_size=64))
def test_expand_agrees_with_an_independent_implementation(key: bytes, info: bytes) -> None:
    assert kdf.expand(key, info) == HKDFExpand(SHA256(), 64, info).derive(key)


@pytest.mark.parametrize("length", [1, 16, 32, 33, 64])
def test_entropy_gives_what_was_asked_for_and_never_the_same(length: int) -> None:
    entropy = kdf.Entropy()
    taken = [bytes(entropy.take(length)) for _ in range(4)]
    assert [len(one) for one in taken] == [length] * 4
    assert length == 1 or len(set(taken)) == 4


def test_a_chip_whose_generator_is_stuck_still_differs_by_what_was_stirred_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "urandom", bytes)
    one, other = kdf.Entropy(), kdf.Entropy()
    one.reseed(b"pressed at 1234")
    other.reseed(b"pressed at 1235")
    assert one.take(64) != other.take(64)
    assert one.take(64) != one.take(64)
