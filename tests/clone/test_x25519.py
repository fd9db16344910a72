"""X25519 against an independent implementation, and a thousand times as RFC 7748 has it."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from totpkey_firmware.crypto import x25519


@pytest.mark.slow
def test_rfc_7748_a_thousand_times() -> None:
    """Section 5.2: each product is the next scalar, each scalar the next point."""
    scalar = point = x25519.BASE
    for round_ in range(1000):
        scalar, point = x25519.multiply(scalar, point), scalar
        if round_ == 0:
            assert scalar.hex() == "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"
    assert scalar.hex() == "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"


@settings(deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_agrees_with_an_independent_implementation(scalar: bytes, other: bytes) -> None:
    theirs = X25519PrivateKey.from_private_bytes(scalar)
    peer = X25519PrivateKey.from_private_bytes(other).public_key().public_bytes_raw()
    assert x25519.multiply(scalar, x25519.BASE) == theirs.public_key().public_bytes_raw()
    expected = theirs.exchange(X25519PublicKey.from_public_bytes(peer))
    assert x25519.multiply(scalar, peer) == expected
    calls: list[None] = []
    assert x25519.multiply(scalar, peer, lambda: calls.append(None)) == expected
    assert len(calls) >= 32
