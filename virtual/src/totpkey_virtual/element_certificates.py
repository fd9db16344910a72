"""The certificates in a virtual element: the chip's own, those of its part number and of all chips, a root.

That is what an element has that is sold. But the root is made up: who checks them by the maker's is told so.

The store is as in TROPIC01 (User API, "X.509 certificate store"): a version, how many there are, four
lengths; then the certificates, the chip's first.
"""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_VERSION = 1
_MADE = datetime(2026, 1, 1, tzinfo=UTC)
_ROOT = ec.derive_private_key(int.from_bytes(b"totpkey virtual element", "big"), ec.SECP521R1())
#: The root's public key: a point of P-521.
ROOT = _ROOT.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@functools.cache
def store(private: bytes) -> bytes:
    """The store of the chip whose X25519 key is `private`, 32 bytes."""
    chips, part = ec.generate_private_key(ec.SECP384R1()), ec.generate_private_key(ec.SECP384R1())
    public = X25519PrivateKey.from_private_bytes(private).public_key()
    return packed(
        [
            signed("chip", public, "part", part),
            signed("part", part.public_key(), "chips", chips, 0),
            signed("chips", chips.public_key(), "root", _ROOT, 1),
            signed("root", _ROOT.public_key(), "root", _ROOT, 2),
        ]
    )


def packed(certificates: list[bytes]) -> bytes:
    """The store of four certificates."""
    lengths = b"".join(len(certificate).to_bytes(2, "big") for certificate in certificates)
    return bytes((_VERSION, len(certificates))) + lengths + b"".join(certificates)


def signed(
    name: str,
    public: X25519PublicKey | ec.EllipticCurvePublicKey,
    issuer: str,
    authority: ec.EllipticCurvePrivateKey,
    below: int | None = None,
) -> bytes:
    """A certificate in DER; `below`: how many authorities may stand under it, None where it is none."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(public)
        .serial_number(1)
        .not_valid_before(_MADE)
        .not_valid_after(_MADE + timedelta(days=7300))
        .add_extension(x509.BasicConstraints(below is not None, below), critical=True)
    )
    return builder.sign(authority, SHA384()).public_bytes(Encoding.DER)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
