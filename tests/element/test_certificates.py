"""Whether an element was made by its maker, tested with the certificates of a chip that was sold."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tests.element import sold_chip
from tests.element.wires import Pair, driver
from totpkey.errors import NotGenuine
from totpkey.locks import certificates
from totpkey_virtual import secure_element
from totpkey_virtual.secure_element import packed, signed

SOLD = packed(sold_chip.certificates())
CURVE = ec.SECP384R1()


def test_a_chip_that_was_sold() -> None:
    assert [len(certificate) for certificate in sold_chip.certificates()] == [467, 610, 655, 604]
    assert certificates.public_key(SOLD) == sold_chip.PUBLIC
    assert certificates.public_key(SOLD.ljust(3840, b"\0")) == sold_chip.PUBLIC


def test_the_key_finds_the_same_public_key(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secure_element, "store", lambda private: SOLD)
    assert driver(pair).public_key() == sold_chip.PUBLIC


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
