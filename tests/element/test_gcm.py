"""AES-256-GCM against NIST's vectors and an independent implementation."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from totpkey_firmware.crypto.gcm import open_sealed, seal

KEYS = st.binary(min_size=32, max_size=32)
NONCES = st.binary(min_size=12, max_size=12)
#: Around the ends of blocks, and as long as the longest reply.
TEXTS = st.binary(max_size=70) | st.binary(min_size=255, max_size=260)

#: McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, test cases 13 to 16.
VECTORS = [
    ("00" * 32, "00" * 12, "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
    (
        "00" * 32,
        "00" * 12,
        "00" * 16,
        "",
        "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
    ),
    (
        "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
        "cafebabefacedbaddecaf888",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b",
    ),
]


@pytest.mark.parametrize(("key", "nonce", "plaintext", "associated", "sealed"), VECTORS)
def test_published_vectors(key: str, nonce: str, plaintext: str, associated: str, sealed: str) -> None:
    known = [bytes.fromhex(text) for text in (key, nonce, plaintext, associated)]
    assert seal(*known).hex() == sealed
    assert open_sealed(known[0], known[1], bytes.fromhex(sealed), known[3]) == known[2]


@given(KEYS, NONCES, TEXTS, TEXTS)
def test_agrees_with_an_independent_implementation(
    key: bytes, nonce: bytes, plaintext: bytes, associated: bytes
) -> None:
    sealed = seal(key, nonce, plaintext, associated)
    assert sealed == AESGCM(key).encrypt(nonce, plaintext, associated)
    assert open_sealed(key, nonce, sealed, associated) == plaintext
