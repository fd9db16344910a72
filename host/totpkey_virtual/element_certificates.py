"""The certificates in a virtual element: the chip's own, signed by a root that is made up with it.

The store is as in TROPIC01 (User API, "X.509 certificate store"): a version, how many there are, four
lengths; then the certificates, the chip's first.
"""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

_VERSION, _PLACES = 1, 4
_MADE = datetime(2026, 1, 1, tzinfo=UTC)


@functools.cache
def store(private: bytes) -> bytes:
    """The store of the chip whose X25519 key is `private`, 32 bytes."""
    authority = ec.generate_private_key(ec.SECP256R1())
    public = X25519PrivateKey.from_private_bytes(private).public_key()
    certificates = [_signed("chip", public, authority), _signed("root", authority.public_key(), authority)]
    lengths = [len(certificate) for certificate in certificates] + [0] * (_PLACES - len(certificates))
    head = bytes((_VERSION, len(certificates))) + b"".join(length.to_bytes(2, "big") for length in lengths)
    return head + b"".join(certificates)


def _signed(
    name: str, public: X25519PublicKey | ec.EllipticCurvePublicKey, authority: ec.EllipticCurvePrivateKey
) -> bytes:
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name("root"))
        .public_key(public)
        .serial_number(1)
        .not_valid_before(_MADE)
        .not_valid_after(_MADE + timedelta(days=7300))
    )
    return builder.sign(authority, SHA256()).public_bytes(Encoding.DER)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
