"""X25519 against the values of RFC 7748 and an independent implementation."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from totpkey_firmware.crypto import x25519

#: RFC 7748 section 5.2: scalar, point, product.
RFC = [
    (
        "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
        "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
    ),
    (
        "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
        "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
        "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
    ),
]


@pytest.mark.parametrize(("scalar", "point", "product"), RFC)
def test_rfc_7748(scalar: str, point: str, product: str) -> None:
    assert x25519.multiply(bytes.fromhex(scalar), bytes.fromhex(point)).hex() == product


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
