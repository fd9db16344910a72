"""AES-256-GCM against an independent implementation; NIST's vectors are in tests/vault."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from totpkey_firmware.crypto.gcm import open_sealed, seal

KEYS = st.binary(min_size=32, max_size=32)
NONCES = st.binary(min_size=12, max_size=12)
#: Around the ends of blocks, and as long as the longest reply.
TEXTS = st.binary(max_size=70) | st.binary(min_size=255, max_size=260)


@given(KEYS, NONCES, TEXTS, TEXTS)
def test_agrees_with_an_independent_implementation(
    key: bytes, nonce: bytes, plaintext: bytes, associated: bytes
) -> None:
    sealed = seal(key, nonce, plaintext, associated)
    assert sealed == AESGCM(key).encrypt(nonce, plaintext, associated)
    assert open_sealed(key, nonce, sealed, associated) == plaintext
