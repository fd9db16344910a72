"""The pseudo-terminal bridge, with real pyserial at the other end and an echoing key behind it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import serial

from totpkey_virtual.pty import LIMIT, PseudoTerminal, SerialBridge
from totpkey_virtual.simulator import SimulatedKey

ECHO_BOOT = """
import storage, usb_cdc, usb_midi, alarm
storage.disable_usb_drive()
usb_midi.disable()
usb_cdc.enable(console=False, data=not alarm.sleep_memory[0])
alarm.sleep_memory[0] = 0
"""
ECHO_CODE = """
import alarm, microcontroller, time, usb_cdc
port = usb_cdc.data
opened = 0
was_connected = False
while True:
    connected = port and port.connected
    if connected and not was_connected:
        opened += 1
    was_connected = connected
    if connected and port.in_waiting:
        data = port.read(port.in_waiting)
        port.write(data.upper() if data != b"count" else b"%d" % opened)
        if data == b"bye":
            time.sleep(0.01)
            alarm.sleep_memory[0] = 1
            microcontroller.reset()
    if not port and time.monotonic() > 2:
        microcontroller.reset()
    time.sleep(0.001)
"""


@pytest.fixture
def key(drive: Callable[..., Path]) -> Iterator[SimulatedKey]:
    key = SimulatedKey(drive(boot=ECHO_BOOT, code=ECHO_CODE))
    key.plug()
    yield key
    key.unplug()


@pytest.fixture
def bridge(key: SimulatedKey, tmp_path: Path) -> Iterator[SerialBridge]:
    with SerialBridge(key, tmp_path / "port", real_time=False) as bridge:
        yield bridge


def open_port(bridge: SerialBridge) -> serial.Serial:
    assert bridge.wait_until(bridge.path.exists)
    return serial.Serial(str(bridge.path), timeout=LIMIT, write_timeout=LIMIT, exclusive=True)


def exchange(port: serial.Serial, data: bytes) -> bytes:
    port.write(data)
    return port.read(len(data))


def test_bytes_go_both_ways_unchanged(bridge: SerialBridge) -> None:
    every_byte = bytes(byte for byte in range(256) if not 97 <= byte <= 122)
    with open_port(bridge) as port:
        assert exchange(port, b"hello") == b"HELLO"
        assert exchange(port, every_byte) == every_byte


def test_more_than_every_buffer_holds(bridge: SerialBridge) -> None:
    with open_port(bridge) as port:
        assert exchange(port, b"x" * 3000) == b"X" * 3000


def test_the_port_vanishes_with_the_face_and_comes_back(bridge: SerialBridge) -> None:
    with open_port(bridge) as port:
        assert exchange(port, b"bye") == b"BYE", "the last reply is still delivered"
        with pytest.raises(serial.SerialException):
            port.read(1)
        assert bridge.wait_until(lambda: not bridge.path.is_symlink())
    with open_port(bridge) as port:
        assert exchange(port, b"back") == b"BACK"


def test_what_was_written_a_moment_ago_counts_as_unread() -> None:
    terminal = PseudoTerminal()
    with serial.Serial(terminal.name, timeout=LIMIT) as port:
        for _ in range(500):
            assert terminal.write(b"BYE")
            assert terminal.unread() == 3
            assert port.read(3) == b"BYE"
        assert terminal.unread() == 0
    terminal.close()


def test_a_fault_behind_the_bridge_comes_out_when_it_closes(key: SimulatedKey, tmp_path: Path) -> None:
    with (
        pytest.raises(FileNotFoundError),
        SerialBridge(key, tmp_path / "missing" / "port", real_time=False) as bridge,
    ):
        bridge.wait_until(lambda: False)


def test_a_key_that_was_away_between_two_turns_leaves_a_dead_port_behind(
    key: SimulatedKey, tmp_path: Path
) -> None:
    bridge = SerialBridge(key, tmp_path / "port", real_time=False)
    while not bridge.path.exists():
        bridge.turn()
    with serial.Serial(str(bridge.path), timeout=0) as port:
        while not bridge.client_present:
            bridge.turn()
        key.unplug()
        key.plug()
        assert key.run_until(lambda: key.usb.enumeration is not None)
        port.write(b"lost")
        bridge.turn()
        with pytest.raises((serial.SerialException, OSError)):
            port.read(1)
    bridge.turn()
    assert bridge.path.exists()


def test_the_bridge_outlives_a_key_without_power(key: SimulatedKey, tmp_path: Path) -> None:
    with SerialBridge(key, tmp_path / "port", real_time=False) as bridge:
        assert bridge.wait_until(bridge.path.exists)
        with bridge.lock:
            key.unplug()
        assert bridge.wait_until(lambda: not os.path.lexists(bridge.path))
        with bridge.lock:
            key.plug()
        assert bridge.wait_until(bridge.path.exists)
