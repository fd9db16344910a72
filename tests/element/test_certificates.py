"""Whether an element was made by its maker, tested with the certificates of a chip that was sold.

They are put together from what its maker printed of them: tropicsquare/libtropic-rs, the README of its USB
example, which shows what `verify-certs` says of a chip TR01-C2P-T101: names, dates, keys, extensions and
signatures. In the order of RFC 5280 they are the certificates again: they have the lengths that are printed
there (467, 610, 655 and 604 bytes), and all four signatures hold. One thing is not printed, and was found
by trying: the last extension of the chip's says "critical: no", which DER leaves out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from tests.element.wires import Pair, driver
from totpkey.errors import NotGenuine
from totpkey.locks import certificates
from totpkey_virtual import secure_element
from totpkey_virtual.secure_element import packed, signed

ROOT, MIDDLE, PART = "Tropic Square Root CA v1", "TROPIC01 CA v1", "TROPIC01-T CA v1"
#: The X25519 key of the chip.
PUBLIC = bytes.fromhex("ddb4cf377bd3e501d14a278473eadca596ed79dd9e04aa44c7665a5c78928d5b")

_ROOT_KEY = bytes.fromhex(
    "040187ccea62837e23092d8a7135789fcc6fbc3d35e79fc01f4f498fc5c2c409ce772f901340090403e8ba4d97e13f1e"
    "7594ac6d2f51fd2239f8d457769f378440a18000712bf16a48ea2025837befd0502a562fd93941d52cc40ed9553ca79b"
    "145ba585f32492bfd792eb96d949d31676cd099f19ce8848697b8c3430af016fed985e1eb4"
)
_MIDDLE_KEY = bytes.fromhex(
    "042301be5b6ed9a858153f57c6bebc9f37b858bc2874ddc90c1041be6d04e7bbf24a7968f2e51173d0acac892e65e4fc"
    "03ea5bc4381a60154d7cd7cc6df94591650f5fdc008919157314fc1f8d8295f1a10571dd1573e868bfeca96c92ccbb81"
    "6f"
)
_PART_KEY = bytes.fromhex(
    "04a70c3273ae3227dc767ef0293d95cc106691e5bc9aa6c0282baa8fd4b37cfac30fee0d879c32d8d9ce9b0bd7924b5c"
    "10097b8c4a5e7ed68d690185e3d128161256c01033c0293de39a7188a72cff9eeaf5b3b5dee898f954c4f226c2ade70b"
    "c6"
)
_ROOT_ID = bytes.fromhex("3c18af711a6699b37914e363963fe25cf304b3bf")
_MIDDLE_ID = bytes.fromhex("43bab7bda7cde728945cf142cbd2f9cd5588a93f")
_PART_ID = bytes.fromhex("33c711060ce80513b5677b019650644e3b43fae7")
_ROOT_SIGNATURE = bytes.fromhex(
    "30818602416841837339337c182a4ee896cbfd5da5925f0026e7a6fa3dee61f49a46b5d9856858d3d86501be64b0f2f3"
    "3b05d856de96f57b947f49e720e875090b30c337791802412fddb68d166510451fe4c62dbae0ccd952dc34e03ae66178"
    "18ccd0ea28a9dff045aa13a248a5f066b51139c9bef471dd004dac4f78db56cf7b3e8d6f8f87d048d2"
)
_MIDDLE_SIGNATURE = bytes.fromhex(
    "308188024200bcd02d464329f3fc7dc81723b0c26437e35c2b49782bae97432789f508b5a220240e6e3e4d12c15c3bdb"
    "15a8d3f90cdd19071e2227c4898220b2bef584b2c20f8f024201eb854f05f9a2c5b466d798fe627c539b98703531735f"
    "7ab49546fe5cfb9df0bf3b6985d700efbc36df3ff01692f0ece98bb8db2fbb9bf40913ea87ea121a7ad2e7"
)
_PART_SIGNATURE = bytes.fromhex(
    "3065023014aec525e5e8311b5d6312cf0ebb2286700552eeba32d641672c20f02a612b77e9fc3709c9657cec6d82d6cd"
    "bdde57c4023100bb9b77ccbbd9de11086481d4ba9772c38743591e722b9e4d08a89940d879da2447a55c15f84175c479"
    "946326e0f482af"
)
_CHIP_SIGNATURE = bytes.fromhex(
    "3065023012d4a271c8e9821d3d684ee59a2041cc52dfc422715d9ea8d8a09b96bdfc4eeb433414825490832a35a94072"
    "6ad09929023100e1ff3dc853013a2f6492d9469d6021bd181b23dd9aec1b55d435c6ea2468ad8d3fba8d0a48a64cf71d"
    "f0d3ad9baaeb7c"
)


#: The name of the extension for revocations, and the first of all extensions, in DER.
_REVOKED, _FIRST = bytes.fromhex("0603551d1f"), bytes.fromhex("300c0603551d13")


def certificates_sold() -> list[bytes]:
    """DER: the chip's, those of its part number and of all chips, and the root."""
    return [
        _certificate(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TROPIC01 eSE")]),
            _name(PART),
            0x02001101085B1905090D0000000003EB,
            ("2025-05-19 12:17:15", "2045-05-19 12:17:15"),
            X25519PublicKey.from_public_bytes(PUBLIC),
            [
                (x509.BasicConstraints(False, None), True),
                (_usage(agreement=True), True),
                *_issued(_PART_ID, "l3/t01-Tv1"),
            ],
            (SHA384(), _CHIP_SIGNATURE),
        ),
        _certificate(
            _name(PART),
            _name(MIDDLE),
            0x7531,
            ("2025-03-31 12:08:30", "2060-03-31 12:08:30"),
            _point(ec.SECP384R1(), _PART_KEY),
            _authority(_PART_ID, 0) + _issued(_MIDDLE_ID, "l2/t01v1"),
            (SHA384(), _PART_SIGNATURE),
        ),
        _certificate(
            _name(MIDDLE),
            _name(ROOT),
            0x0BB9,
            ("2025-03-31 12:08:29", "2065-03-31 12:08:29"),
            _point(ec.SECP384R1(), _MIDDLE_KEY),
            _authority(_MIDDLE_ID, 1) + _issued(_ROOT_ID, "l1/tsrv1"),
            (SHA512(), _MIDDLE_SIGNATURE),
        ),
        _certificate(
            _name(ROOT),
            _name(ROOT),
            0x012D,
            ("2025-03-31 12:08:25", "2075-03-31 12:08:25"),
            _point(ec.SECP521R1(), _ROOT_KEY),
            _authority(_ROOT_ID, None),
            (SHA512(), _ROOT_SIGNATURE),
        ),
    ]


def _point(curve: ec.EllipticCurve, point: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(curve, point)


def _name(common: str) -> x509.Name:
    whole = (
        (NameOID.COUNTRY_NAME, "CZ"),
        (NameOID.ORGANIZATION_NAME, "Tropic Square s.r.o."),
        (NameOID.COMMON_NAME, common),
    )
    return x509.Name([x509.NameAttribute(part, text) for part, text in whole])


Extensions = Sequence[tuple[x509.ExtensionType, bool]]


def _authority(identifier: bytes, below: int | None) -> list[tuple[x509.ExtensionType, bool]]:
    return [
        (x509.SubjectKeyIdentifier(identifier), False),
        (x509.BasicConstraints(True, below), True),
        (_usage(authority=True), True),
    ]


def _issued(by: bytes, revoked: str) -> list[tuple[x509.ExtensionType, bool]]:
    where = x509.UniformResourceIdentifier(f"http://pki.tropicsquare.com/{revoked}.crl")
    return [
        (x509.AuthorityKeyIdentifier(by, None, None), False),
        (x509.CRLDistributionPoints([x509.DistributionPoint([where], None, None, None)]), False),
    ]


def _usage(authority: bool = False, agreement: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=agreement,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    serial: int,
    dates: tuple[str, str],
    public: ec.EllipticCurvePublicKey | X25519PublicKey,
    extensions: Extensions,
    signed: tuple[SHA384 | SHA512, bytes],
) -> bytes:
    begin, end = [datetime.fromisoformat(date).replace(tzinfo=UTC) for date in dates]
    builder = x509.CertificateBuilder(issuer, subject, public, serial, begin, end)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    # Signed by a key of ours, since there is no other way to have it encoded; then by its own signature.
    algorithm, signature = signed
    ours = builder.sign(ec.generate_private_key(ec.SECP384R1()), algorithm)
    content = ours.tbs_certificate_bytes
    whole = ours.public_bytes(Encoding.DER)
    start = whole.index(content) + len(content)
    scheme = whole[start : start + 2 + whole[start + 1]]
    if isinstance(public, X25519PublicKey):
        content = _with_false(content)
    return _tagged(0x30, content + scheme + _tagged(0x03, b"\0" + signature))


def _with_false(content: bytes) -> bytes:
    """With the last extension's "critical: no" written out, and all lengths that it changes."""
    value = content.index(_REVOKED) + len(_REVOKED)
    extensions = content.index(_FIRST)
    last = _tagged(0x30, _REVOKED + b"\x01\x01\x00" + content[value:])
    listed = _tagged(0xA3, _tagged(0x30, content[extensions : value - len(_REVOKED) - 2] + last))
    before = content[content.index(b"\xa0\x03\x02\x01\x02") : extensions - 4]
    return _tagged(0x30, before + listed)


def _tagged(tag: int, content: bytes) -> bytes:
    """DER (X.690 section 8.1.3)."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size, "big") + content


SOLD = packed(certificates_sold())
CURVE = ec.SECP384R1()


def test_a_chip_that_was_sold() -> None:
    assert [len(certificate) for certificate in certificates_sold()] == [467, 610, 655, 604]
    assert certificates.public_key(SOLD) == PUBLIC
    assert certificates.public_key(SOLD.ljust(3840, b"\0")) == PUBLIC


def test_the_key_finds_the_same_public_key(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secure_element, "store", lambda private: SOLD)
    assert driver(pair).public_key() == PUBLIC


@given(at=st.integers(0, len(SOLD) - 1), bit=st.integers(0, 7))
def test_no_bit_may_differ(at: int, bit: int) -> None:
    changed = bytearray(SOLD)
    changed[at] ^= 1 << bit
    with pytest.raises(NotGenuine):
        certificates.public_key(bytes(changed))


@given(end=st.integers(0, len(SOLD) - 1))
def test_a_store_that_is_cut_off(end: int) -> None:
    with pytest.raises(NotGenuine):
        certificates.public_key(SOLD[:end])


@given(st.binary(max_size=400))
def test_noise(data: bytes) -> None:
    with pytest.raises(NotGenuine):
        certificates.public_key(bytes((1, 4)) + data)


def test_another_root() -> None:
    private = X25519PrivateKey.generate().private_bytes_raw()
    with pytest.raises(NotGenuine, match="not by Tropic Square"):
        certificates.public_key(secure_element.store(private))


@pytest.mark.parametrize(
    ("part", "chips"),
    [
        pytest.param(None, 1, id="what signs the chip is no authority"),
        pytest.param(0, None, id="what signs that is none"),
        pytest.param(0, 0, id="it may have no authority under it"),
    ],
)
def test_who_may_sign(part: int | None, chips: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """So nobody who has one chip's certificate makes others of it."""

    def store(part: int | None, chips: int | None) -> bytes:
        whole = [
            signed("chip", private.public_key(), "part", keys[0]),
            signed("part", keys[0].public_key(), "chips", keys[1], part),
            signed("chips", keys[1].public_key(), "root", root, chips),
            signed("root", root.public_key(), "root", root, 2),
        ]
        return packed(whole)

    private, root = X25519PrivateKey.generate(), ec.generate_private_key(ec.SECP521R1())
    keys = [ec.generate_private_key(CURVE) for _ in range(2)]
    monkeypatch.setattr(certificates, "ROOT", point(root))
    assert certificates.public_key(store(0, 1)) == private.public_key().public_bytes_raw()
    with pytest.raises(NotGenuine):
        certificates.public_key(store(part, chips))


def point(private: ec.EllipticCurvePrivateKey) -> bytes:
    numbers = private.public_key().public_numbers()
    return b"\x04" + numbers.x.to_bytes(66, "big") + numbers.y.to_bytes(66, "big")
