"""The key's driver on CPython, with the virtual element or the vendor's model on its wire.

Its AES-256-GCM is held against another implementation; NIST's vectors are in tests/vault.
"""

from __future__ import annotations

import os

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from tests.element.wires import Pair, SpoiledWire, VendorPair, a_key, driver
from totpkey_firmware.crypto.gcm import open_sealed, seal
from totpkey_firmware.element.link import ElementError
from totpkey_firmware.element.session import Pairing
from totpkey_firmware.element.tropic01 import SLOTS, Tropic01


def opened(pair: Pair | VendorPair) -> Tropic01:
    chip = Tropic01(pair.wire())
    chip.open(pair.pairing, bytearray(os.urandom(32)))
    return chip


def test_without_a_session(either: Pair | VendorPair) -> None:
    chip = Tropic01(either.wire())
    assert chip.answers()
    assert chip.public_key() == either.pairing.element
    with pytest.raises(ElementError, match="no session"):
        chip.ping(b"?")


def test_commands(either: Pair | VendorPair) -> None:
    chip = opened(either)
    for length in (0, 1, 31, 200):
        data = os.urandom(length)
        assert chip.ping(data) == data
    assert len({chip.random(32) for _ in range(8)}) == 8
    assert len(chip.random(255)) == 255
    for slot in (0, SLOTS - 1):
        chip.mac_and_destroy(slot, b"s" * 32)
        expected = chip.mac_and_destroy(slot, b"r" * 32)
        assert expected != chip.mac_and_destroy(slot, b"r" * 32)
        chip.mac_and_destroy(slot, b"s" * 32)
        assert chip.mac_and_destroy(slot, b"r" * 32) == expected
        chip.mac_and_destroy(slot, b"s" * 32)
        assert chip.mac_and_destroy(slot, b"w" * 32) != expected
        assert chip.mac_and_destroy(slot, b"r" * 32) != expected
    with pytest.raises(ElementError):
        chip.mac_and_destroy(SLOTS, b"s" * 32)
    # Nothing was wrong with the session.
    assert chip.ping(b"!") == b"!"


def test_a_pairing_of_its_own(either: Pair | VendorPair) -> None:
    known, (private, public) = either.pairing, a_key()
    chip = opened(either)
    assert chip.pairing_key(0) == known.public
    assert chip.pairing_key(1) is None
    chip.write_pairing_key(1, public)
    with pytest.raises(ElementError):
        chip.write_pairing_key(1, known.public)
    chip.open(Pairing(1, private, public, known.element), bytearray(os.urandom(32)))
    chip.invalidate_pairing_key(0)
    with pytest.raises(ElementError) as refusal:
        chip.pairing_key(0)
    assert refusal.value.code == 0x16
    chip.close()
    with pytest.raises(ElementError):
        chip.open(known, bytearray(os.urandom(32)))


def test_the_ladder_is_cut_into_slices_and_the_ephemeral_key_is_wiped(pair: Pair) -> None:
    """Four products: in each, 32 pieces of the ladder."""
    slices, ephemeral = list[None](), bytearray(os.urandom(32))
    driver(pair, lambda: slices.append(None)).open(pair.pairing, ephemeral)
    assert len(slices) >= 4 * 32
    assert ephemeral == bytes(32)


# Whatever the wire and the other side do ends in a refusal


def test_another_element_and_another_key(either: Pair | VendorPair) -> None:
    """It has the key's public key, but not the private key that the key expects of it; or the reverse."""
    known, stranger = either.pairing, a_key()
    chip = Tropic01(either.wire())
    for wrong in (
        Pairing(0, known.private, known.public, stranger[1]),
        Pairing(0, *stranger, known.element),
        Pairing(1, known.private, known.public, known.element),
    ):
        with pytest.raises(ElementError):
            chip.open(wrong, bytearray(os.urandom(32)))
        with pytest.raises(ElementError, match="no session"):
            chip.ping(b"")
    assert isinstance(either, VendorPair) or not any(either.memory.wear)


def test_nobody_there(pair: Pair) -> None:
    for level in (0x00, 0xFF):
        wire = SpoiledWire(pair.element, pair.time)
        wire.back = lambda _count, _byte, level=level: level  # type: ignore[misc]
        chip = Tropic01(wire)
        start = pair.time.now
        assert not chip.answers()
        assert pair.time.now - start < 0.01
        with pytest.raises(ElementError, match="no answer"):
            chip.chip_id()
    pair.element.connected = False
    assert not driver(pair).answers()


def test_an_element_that_has_not_started(pair: Pair) -> None:
    pair.element.power_on()
    assert not driver(pair).answers()
    # Everything that needs the element waits.
    assert driver(pair).chip_id() == pair.memory.chip_id


def test_alarm_mode(pair: Pair) -> None:
    chip = opened(pair)
    pair.element.alarm = True
    assert not chip.answers()
    with pytest.raises(ElementError, match="session lost"):
        chip.mac_and_destroy(0, b"r" * 32)
    with pytest.raises(ElementError, match="alarm"):
        chip.chip_id()
    assert pair.memory.wear[0] == 0


def test_an_element_that_lost_its_power(either: Pair | VendorPair) -> None:
    chip = opened(either)
    either.plug()
    with pytest.raises(ElementError, match="session lost"):
        chip.mac_and_destroy(0, b"r" * 32)
    with pytest.raises(ElementError, match="no session"):
        chip.ping(b"")
    chip.open(either.pairing, bytearray(os.urandom(32)))
    assert chip.ping(b"!") == b"!"
    assert isinstance(either, VendorPair) or either.memory.wear[0] == 0


@pytest.mark.parametrize("way", ["out", "back"])
def test_one_byte_is_changed(pair: Pair, way: str) -> None:
    """Each byte of a session with one MAC-and-Destroy: it is asked for again, and done once."""
    wire = SpoiledWire(pair.element, pair.time)

    def session(at: int) -> bytes:
        chip = Tropic01(wire)
        chip.open(pair.pairing, bytearray(os.urandom(32)))
        wire.count = 0
        setattr(wire, way, lambda count, byte: byte ^ 0x41 if count == at else byte)
        try:
            return chip.mac_and_destroy(0, b"r" * 32)
        finally:
            setattr(wire, way, lambda _count, byte: byte)

    session(-1)
    expected = session(-1)
    length = wire.count
    healed = 0
    for at in range(0, length, 3):
        before = pair.memory.wear[0]
        try:
            assert session(at) == expected
            healed += 1
        except ElementError:
            # A changed state or length can look like an alarm, or like the end; the next session is sound.
            pass
        assert pair.memory.wear[0] <= before + 1
        if pair.memory.wear[0] == before:
            continue
        assert session(-1) == expected
    assert healed > length // 3 // 2


@pytest.mark.parametrize("count", range(0, 60, 4))
def test_the_wire_breaks_at_any_byte(pair: Pair, count: int) -> None:
    for level in (0x00, 0xFF):
        wire = SpoiledWire(pair.element, pair.time)
        chip = Tropic01(wire)
        chip.open(pair.pairing, bytearray(os.urandom(32)))
        wire.count = 0
        wire.back = lambda at, byte, level=level: byte if at < count else level  # type: ignore[misc]
        with pytest.raises(ElementError):
            chip.mac_and_destroy(0, b"r" * 32)
        with pytest.raises(ElementError, match="no session"):
            chip.ping(b"")


def test_noise(pair: Pair) -> None:
    wire = SpoiledWire(pair.element, pair.time)
    wire.back = lambda _count, _byte: os.urandom(1)[0]
    for _ in range(50):
        with pytest.raises(ElementError):
            Tropic01(wire).open(pair.pairing, bytearray(os.urandom(32)))


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
