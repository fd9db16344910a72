"""Whether a secure element is genuine: its certificates lead to the maker's root (docs/concepts/element.md).

The store is as in TROPIC01 (User API, "X.509 certificate store"): a version, how many certificates there
are, four lengths; then the certificates in DER, the chip's first, each signed by the next, the root last.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from totpkey.errors import NotGenuine
from totpkey.i18n.translation import tr

#: The key of "Tropic Square Root CA v1", serial number 301: a point of P-521 (SEC 1 section 2.3.3). Published
#: by Tropic Square in the README of libtropic-rs; pinned, byte for byte, by projects that use the chip.
ROOT = bytes.fromhex(
    "040187ccea62837e23092d8a7135789fcc6fbc3d35e79fc01f4f498fc5c2c409ce772f901340090403e8ba4d97e13f1e"
    "7594ac6d2f51fd2239f8d457769f378440a18000712bf16a48ea2025837befd0502a562fd93941d52cc40ed9553ca79b"
    "145ba585f32492bfd792eb96d949d31676cd099f19ce8848697b8c3430af016fed985e1eb4"
)
VERSION, PLACES = 1, 4
#: Bytes before the certificates.
HEAD = 2 + 2 * PLACES

#: Before the 32 bytes of a public key of X25519 (RFC 8410 section 4).
_X25519 = bytes.fromhex("300506032b656e032100")
#: Sequence, sequence, bit string, of whole bytes (X.690 sections 8.6 and 8.9).
_TAGS = b"\x30\x30\x03\x00"
#: The algorithm of a signature without its last byte (RFC 5758 section 3.2), and the hash by that byte.
_ECDSA = bytes.fromhex("06082a8648ce3d0403")
_HASHES: dict[int, HashAlgorithm] = {2: SHA256(), 3: SHA384(), 4: SHA512()}


def length(head: bytes) -> int:
    """The bytes of a whole store, by its first `HEAD`. Raises NotGenuine."""
    if len(head) < HEAD or head[0] != VERSION or not 2 <= head[1] <= PLACES:
        raise NotGenuine(tr("it has no certificates of its maker"))
    return HEAD + sum(_lengths(head))


def public_key(store: bytes) -> bytes:
    """The X25519 key in the certificate of the chip, 32 bytes. Raises NotGenuine."""
    whole, at, certificates = length(store), HEAD, []
    for size in _lengths(store):
        certificates.append(store[at : at + size])
        at += size
    if len(store) < whole:
        raise NotGenuine(tr("its certificates are damaged"))
    return _key_of_chip(certificates[0], _authority(certificates[1:]))


def _lengths(head: bytes) -> list[int]:
    return [int.from_bytes(head[2 + 2 * place :][:2], "big") for place in range(head[1])]


def _authority(certificates: Sequence[bytes]) -> x509.Certificate:
    """The certificate that signs chips, if it leads to the root. Its dates do not matter: an element serves
    for as long as it works.
    """
    try:
        chain = [x509.load_der_x509_certificate(certificate) for certificate in certificates]
        for below, (certificate, issuer) in enumerate(pairwise([*chain, chain[-1]])):
            certificate.verify_directly_issued_by(issuer)
            _need_authority(certificate, below)
        point = _curve_key(chain[-1]).public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    except Exception as error:
        raise NotGenuine(tr("its certificates are damaged")) from error
    if not hmac.compare_digest(point, ROOT):
        raise NotGenuine(tr("its certificates are not by Tropic Square"))
    return chain[0]


def _curve_key(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    public = certificate.public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise TypeError("not a key of an elliptic curve")
    return public


def _need_authority(certificate: x509.Certificate, below: int) -> None:
    """Raise ValueError unless it may sign for so many authorities below it."""
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    if not constraints.ca or (constraints.path_length is not None and constraints.path_length < below):
        raise ValueError("not an authority")


@dataclass(frozen=True)
class _Piece:
    """A value in DER (X.690): what is in it, and all of it."""

    content: bytes
    whole: bytes


def _pieces(data: bytes) -> list[_Piece]:
    """Raises IndexError for what is no DER."""
    pieces, at = [], 0
    while at < len(data):
        size, start = data[at + 1], at + 2
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(data[at + 2 : start], "big")
        if start + size > len(data):
            raise IndexError("cut off")
        pieces.append(_Piece(data[start : start + size], data[at : start + size]))
        at = start + size
    return pieces


def _key_of_chip(certificate: bytes, issuer: x509.Certificate) -> bytes:
    """Read by hand: the certificates in chips that are sold say "critical: no", which DER leaves out (X.690
    section 11.5), and cryptography takes no such certificate.
    """
    try:
        signed, algorithm, signature = _pieces(_pieces(certificate)[0].content)
        fields = _pieces(signed.content)
        authority, key = fields[3].whole, fields[6].content
        scheme = ec.ECDSA(_HASHES[algorithm.content[-1]])
        _curve_key(issuer).verify(signature.content[1:], signed.whole, scheme)
    except (ValueError, TypeError, LookupError, InvalidSignature) as error:
        raise NotGenuine(tr("its certificates are damaged")) from error
    # Whether it is put together as it should be, in what is not signed, too.
    tags = certificate[:1] + algorithm.whole[:1] + signature.whole[:1] + signature.content[:1]
    known = algorithm.content[:-1] == _ECDSA and key.startswith(_X25519) and len(key) == len(_X25519) + 32
    if tags != _TAGS or not known or authority != issuer.subject.public_bytes():
        raise NotGenuine(tr("its certificates are damaged"))
    return key[len(_X25519) :]
