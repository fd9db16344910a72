"""The virtual element against a TROPIC01 client that others wrote (pytropicsquare)."""

from __future__ import annotations

import pytest
import tropicsquare
from tropicsquare import exceptions
from tropicsquare.transports import L1Transport

from tests.element.wires import BYTE_TIME, Pair
from totpkey_virtual.secure_element import ENDURANCE, START_UP


class Transport(L1Transport):  # type: ignore[misc]
    """The client's way to the element's pins."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair

    def _transfer(self, data: bytes) -> bytes:
        self._pair.time.now += BYTE_TIME * len(data)
        return bytes(self._pair.element.exchange(byte) for byte in data)

    def _read(self, length: int) -> bytes:
        return self._transfer(bytes(length))

    def _cs_low(self) -> None:
        self._pair.element.select(True)

    def _cs_high(self) -> None:
        self._pair.element.select(False)


@pytest.fixture
def client(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> tropicsquare.TropicSquare:
    def sleep(seconds: float) -> None:
        pair.time.now += seconds

    monkeypatch.setattr("tropicsquare.transports.sleep", sleep)
    return tropicsquare.TropicSquare(Transport(pair))


@pytest.fixture
def paired(pair: Pair, client: tropicsquare.TropicSquare) -> tropicsquare.TropicSquare:
    assert client.start_secure_session(0, pair.private, pair.public)
    return client


def test_what_it_says_of_itself(pair: Pair, client: tropicsquare.TropicSquare) -> None:
    assert client.chip_id.raw == pair.memory.chip_id
    assert client.chip_id.silicon_rev == "ABAB"
    assert client.public_key == pair.memory.public
    assert client.riscv_fw_version == (2, 0, 0, 0)


def test_a_session(paired: tropicsquare.TropicSquare) -> None:
    for length in (0, 1, 33, 255):
        data = bytes(range(length))
        assert bytes(paired.ping(data)) == data
    one, other = paired.random(32), paired.random(32)
    assert len(one) == len(other) == 32
    assert one != other


def test_mac_and_destroy(paired: tropicsquare.TropicSquare) -> None:
    """The scheme of the vendor's example: a right try gives what was expected, a wrong one destroys it."""
    start, right, wrong = b"s" * 32, b"r" * 32, b"w" * 32
    paired.mac_and_destroy(3, start)
    expected = paired.mac_and_destroy(3, right)
    paired.mac_and_destroy(3, start)
    assert paired.mac_and_destroy(3, right) == expected
    paired.mac_and_destroy(3, start)
    assert paired.mac_and_destroy(3, wrong) != expected
    assert paired.mac_and_destroy(3, right) != expected
    # Another slot is another secret.
    paired.mac_and_destroy(4, start)
    assert paired.mac_and_destroy(4, right) != expected


def test_pairing_keys(pair: Pair, paired: tropicsquare.TropicSquare) -> None:
    other = Pair()
    assert bytes(paired.pairing_key_read(0)) == pair.public
    with pytest.raises(exceptions.TropicSquarePairingKeyEmptyError):
        paired.pairing_key_read(1)
    paired.pairing_key_write(1, other.public)
    with pytest.raises(exceptions.TropicSquareCommandError):
        paired.pairing_key_write(1, pair.public)
    assert bytes(paired.pairing_key_read(1)) == other.public
    paired.pairing_key_invalidate(0)
    with pytest.raises(exceptions.TropicSquarePairingKeyInvalidError):
        paired.pairing_key_read(0)
    paired.abort_secure_session()
    with pytest.raises(exceptions.TropicSquareHandshakeError):
        paired.start_secure_session(0, pair.private, pair.public)
    assert paired.start_secure_session(1, other.private, other.public)


def test_what_it_refuses(pair: Pair, client: tropicsquare.TropicSquare) -> None:
    with pytest.raises(exceptions.TropicSquareError):
        client.start_secure_session(1, pair.private, pair.public)
    stranger = Pair()
    with pytest.raises(exceptions.TropicSquareHandshakeError):
        client.start_secure_session(0, stranger.private, stranger.public)
    # The client thinks that it has a session; the element has lost it with its power.
    client.start_secure_session(0, pair.private, pair.public)
    pair.plug()
    with pytest.raises(exceptions.TropicSquareNoSession):
        client.ping(b"?")
    client.start_secure_session(0, pair.private, pair.public)
    # The model has no counters.
    with pytest.raises(exceptions.TropicSquareInvalidCommandError):
        client.mcounter_get(3)


def test_alarm_mode(pair: Pair, client: tropicsquare.TropicSquare) -> None:
    pair.element.alarm = True
    pair.plug()
    with pytest.raises(exceptions.TropicSquareAlarmError):
        _ = client.chip_id


def test_it_is_busy_until_it_has_started(pair: Pair) -> None:
    def state() -> int:
        pair.element.select(True)
        answer = pair.element.exchange(0xAA)
        pair.element.select(False)
        return answer

    pair.element.power_on()
    assert state() == 0
    pair.time.now += START_UP - 0.001
    assert state() == 0
    pair.time.now += 0.001
    assert state() == 1


def test_what_survives_without_power_and_wear(pair: Pair, paired: tropicsquare.TropicSquare) -> None:
    paired.mac_and_destroy(7, b"s" * 32)
    expected = paired.mac_and_destroy(7, b"r" * 32)
    assert pair.memory.wear[6:9] == [0, 2, 0]
    paired.mac_and_destroy(7, b"s" * 32)
    pair.plug()
    paired.start_secure_session(0, pair.private, pair.public)
    assert paired.mac_and_destroy(7, b"r" * 32) == expected
    pair.memory.wear[7] = ENDURANCE
    paired.mac_and_destroy(7, b"s" * 32)
    assert paired.mac_and_destroy(7, b"r" * 32) != expected
