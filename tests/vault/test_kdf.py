"""Derived keys against independent implementations, and random numbers as far as they can be tested."""

from __future__ import annotations

import hashlib
import os

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given
from hypothesis import strategies as st

from totpkey_firmware.crypto import kdf


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
