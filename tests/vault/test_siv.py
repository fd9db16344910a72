"""AES-SIV against an independent implementation. Published vectors are in a file of their own."""

from __future__ import annotations

from typing import Any

import aesio
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import given
from hypothesis import strategies as st

from totpkey_firmware.crypto.siv import KEY, equal, open_in_place, open_sealed, seal

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
