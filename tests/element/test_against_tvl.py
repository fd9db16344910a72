"""The key's driver against the vendor's own model of TROPIC01 (ts-tvl), which `make tvl` sets up.

We wrote both sides of the virtual element. Here the maker wrote one side.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tests.element.wires import Time
from tests.vault.bench import ARGON2, DERIVED, MINUTE, Memory, fresh, start
from totpkey_firmware.element.factory import PAIRINGS
from totpkey_firmware.element.link import ElementError
from totpkey_firmware.element.session import Pairing
from totpkey_firmware.element.tropic01 import SLOTS, Tropic01
from totpkey_firmware.store.flash_file import Places
from totpkey_firmware.store.pool import Pool
from totpkey_firmware.vault.keeper import Keeper
from totpkey_protocol.errors import Refusal

pytestmark = pytest.mark.needs("tvl")

PYTHON = Path(os.environ.get("TOTPKEY_TVL", "build/tvl/bin/python"))


class TvlWire:
    """The wire to the model, in a process of its own."""

    def __init__(self, private: bytes, own: tuple[bytes, bytes]) -> None:
        """`private`: the chip's key. `own`: the host's, private and public."""
        self.own = own
        script = Path(__file__).with_name("tvl_model.py")
        self._time = Time()
        self.process = subprocess.Popen(
            [PYTHON, script, private.hex(), own[1].hex()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def power(self) -> None:
        """Take the power away and give it back."""
        self._say("power")

    def select(self, selected: bool) -> None:
        self._say(f"select {int(selected)}")

    def exchange(self, buffer: bytearray) -> None:
        assert self.process.stdout is not None
        self._say(f"exchange {buffer.hex()}")
        buffer[:] = bytes.fromhex(self.process.stdout.readline())

    def ticks(self) -> int:
        return int(self._time.now * 1000) % (1 << 29)

    def pause(self) -> None:
        self._time.now += 0.001


def a_key() -> tuple[bytes, bytes]:
    """Private and public."""
    key = X25519PrivateKey.generate()
    return key.private_bytes_raw(), key.public_key().public_bytes_raw()


def running(own: tuple[bytes, bytes]) -> Iterator[TvlWire]:
    """A chip that has the public half of `own` in its pairing slot 0."""
    if not PYTHON.exists():
        pytest.skip("the vendor's model of the secure element is not set up: make tvl")
    wire = TvlWire(a_key()[0], own)
    yield wire
    wire.process.communicate()
    assert wire.process.returncode == 0


@pytest.fixture
def wire() -> Iterator[TvlWire]:
    yield from running(a_key())


@pytest.fixture
def sold() -> Iterator[TvlWire]:
    """A chip as it is sold."""
    yield from running(PAIRINGS[0])


def pairing(wire: TvlWire) -> Pairing:
    return Pairing(0, *wire.own, Tropic01(wire).public_key())


def opened(wire: TvlWire) -> Tropic01:
    chip = Tropic01(wire)
    chip.open(pairing(wire), bytearray(os.urandom(32)))
    return chip


def test_without_a_session(wire: TvlWire) -> None:
    chip = Tropic01(wire)
    assert chip.answers()
    assert chip.chip_id().rstrip(b"\0") == b"chip_id"
    assert len(chip.public_key()) == 32


def test_commands(wire: TvlWire) -> None:
    chip = opened(wire)
    for length in (0, 1, 31, 200):
        data = os.urandom(length)
        assert chip.ping(data) == data
    assert len(chip.random(255)) == 255
    for slot in (0, SLOTS - 1):
        chip.mac_and_destroy(slot, b"s" * 32)
        expected = chip.mac_and_destroy(slot, b"r" * 32)
        chip.mac_and_destroy(slot, b"s" * 32)
        assert chip.mac_and_destroy(slot, b"r" * 32) == expected
        chip.mac_and_destroy(slot, b"s" * 32)
        assert chip.mac_and_destroy(slot, b"w" * 32) != expected
        assert chip.mac_and_destroy(slot, b"r" * 32) != expected
    with pytest.raises(ElementError):
        chip.mac_and_destroy(SLOTS, b"s" * 32)
    assert chip.ping(b"!") == b"!"


def test_a_pairing_of_its_own(wire: TvlWire) -> None:
    private, public = a_key()
    known = pairing(wire)
    chip = opened(wire)
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


def test_another_element_and_another_key(wire: TvlWire) -> None:
    known, stranger = pairing(wire), a_key()
    chip = Tropic01(wire)
    for wrong in (
        Pairing(0, known.private, known.public, stranger[1]),
        Pairing(0, *stranger, known.element),
        Pairing(1, known.private, known.public, known.element),
    ):
        with pytest.raises(ElementError):
            chip.open(wrong, bytearray(os.urandom(32)))
        with pytest.raises(ElementError, match="no session"):
            chip.ping(b"")


def test_a_session_ends_with_the_power(wire: TvlWire) -> None:
    chip = opened(wire)
    wire.power()
    with pytest.raises(ElementError, match="session lost"):
        chip.mac_and_destroy(0, b"r" * 32)
    chip.open(pairing(wire), bytearray(os.urandom(32)))
    assert chip.ping(b"!") == b"!"


def test_the_lock_of_a_key(sold: TvlWire, tmp_path: Path) -> None:
    """Set, opened, wrong, an older flash put back, and eight wrong ones: the vault on the vendor's chip."""
    path = Path(fresh(tmp_path))

    def plugged() -> Keeper:
        sold.power()
        return Keeper(Pool(Places(str(path))), Memory(), 0, lambda: sold)

    def opens(pin: str) -> bool:
        try:
            plugged().unlock_pin(pin, MINUTE)
        except Refusal:
            return False
        return True

    vault = start(str(path))
    vault.create()
    vault.set_passphrase(DERIVED, *ARGON2)
    vault.set_pin("2580")
    keeper = plugged()
    keeper.unlock_pin("2580", MINUTE)
    assert keeper.with_element
    assert [opens(pin) for pin in ("0000", "2580", "0000", "0000", "2580")] == [
        False,
        True,
        False,
        False,
        True,
    ]
    before = path.read_bytes()
    assert not opens("0000")
    path.write_bytes(before)
    assert [opens("2580") for _ in range(2)] == [False, True]
    assert not any(opens("0000") for _ in range(8))
    path.write_bytes(before)
    assert not any(opens("2580") for _ in range(8))
