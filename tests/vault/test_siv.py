"""AES-SIV against the RFC's vectors and an independent implementation."""

from __future__ import annotations

from typing import Any

import aesio
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import given
from hypothesis import strategies as st

from totpkey_firmware.crypto.siv import KEY, BadSeal, equal, open_in_place, open_sealed, seal

KEYS = st.binary(min_size=KEY, max_size=KEY)
#: Around the ends of blocks and of the pieces in which long ones are encrypted, and up to a page.
LENGTHS = st.one_of(st.integers(0, 70), st.integers(500, 540), st.integers(1010, 1040), st.just(4064))
ASSOCIATED = st.lists(st.binary(max_size=40), max_size=3)

#: RFC 5297 appendix A: key, associated data, plaintext, synthetic IV and ciphertext.
VECTORS = {
    "A.1": (
        "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0 f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
        ["101112131415161718191a1b1c1d1e1f2021222324252627"],
        "112233445566778899aabbccddee",
        "85632d07c6e8f37f950acd320a2ecc93 40c02b9690c4dc04daef7f6afe5c",
    ),
    "A.2": (
        "7f7e7d7c7b7a79787776757473727170 404142434445464748494a4b4c4d4e4f",
        [
            "00112233445566778899aabbccddeeffdeaddadadeaddadaffeeddccbbaa99887766554433221100",
            "102030405060708090a0",
            "09f911029d74e35bd84156c5635688c0",
        ],
        "7468697320697320736f6d6520706c61696e7465787420746f20656e6372797074207573696e67205349562d414553",
        "7bdb6e3b432667eb06f4d14bff2fbd0f"
        "cb900f2fddbe404326601965c889bf17dba77ceb094fa663b7a3f748ba8af829ea64ad544a272e9c485b62a3fd5c0d",
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_rfc_5297(name: str) -> None:
    key, associated, plaintext, sealed = VECTORS[name]
    data = tuple(bytes.fromhex(one) for one in associated)
    assert seal(bytes.fromhex(key), data, bytes.fromhex(plaintext)).hex() == sealed.replace(" ", "")
    assert open_sealed(bytes.fromhex(key), data, bytes.fromhex(sealed)).hex() == plaintext


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


@given(KEYS, st.binary(min_size=1, max_size=600), st.data())
def test_no_changed_bit_opens(key: bytes, plaintext: bytes, data: st.DataObject) -> None:
    sealed = seal(key, (b"one", b"two"), plaintext)
    bit = data.draw(st.integers(0, 8 * len(sealed) - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(BadSeal):
        open_sealed(key, (b"one", b"two"), sealed)


@given(st.binary(max_size=16), st.binary(max_size=16))
def test_equal_is_equality(one: bytes, other: bytes) -> None:
    assert equal(one, one) == (one != b"")
    assert equal(one, other) == equal(other, one) == (one == other != b"")
    assert equal(one, one + other) == (other == b"" != one)
