"""The USB side: what is enumerated, the keyboard's endpoint, and the serial port with its buffers.

The computer's half of typing is judged by the HID usage tables.
A pseudo-terminal bridges the port, with real pyserial at the other end and an echoing key behind it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import serial

from totpkey_virtual.computer import NUM_LOCK_KEY, typed
from totpkey_virtual.pty import LIMIT, PseudoTerminal, SerialBridge
from totpkey_virtual.simulator import SimulatedKey
from virtual.tests.simulator.conftest import EVERYDAY, FOREVER, SETUP, MakeKey, classes, plug_in

HID, CDC_CONTROL, CDC_DATA, MASS_STORAGE, AUDIO = 3, 2, 10, 8, 1


@pytest.mark.parametrize(
    ("boot", "expected"),
    [
        ("", [CDC_CONTROL, CDC_DATA, MASS_STORAGE, HID, AUDIO, AUDIO]),
        (EVERYDAY, [HID]),
        (SETUP, [CDC_CONTROL, CDC_DATA, HID]),
        (EVERYDAY + "import usb_hid; usb_hid.disable()", []),
    ],
)
def test_the_face_is_what_boot_chose(make_key: MakeKey, boot: str, expected: list[int]) -> None:
    key = plug_in(make_key(FOREVER, boot))
    assert classes(key) == expected
    assert key.usb.enumeration is not None
    assert key.usb.enumeration.has_serial == (CDC_DATA in expected)


def test_names_and_numbers(make_key: MakeKey) -> None:
    naming = "import supervisor; supervisor.set_usb_identification('Maker', 'Thing', pid=0x1234)"
    key = plug_in(make_key(FOREVER, SETUP + naming))
    enumeration = key.usb.enumeration
    assert enumeration is not None
    assert (enumeration.manufacturer, enumeration.product) == ("Maker", "Thing")
    assert (enumeration.vendor_id, enumeration.product_id) == (0x239A, 0x1234)
    assert bytes.fromhex(enumeration.serial_number) == key.uid
    assert [interface.name for interface in enumeration.interfaces] == [
        "CircuitPython CDC2 control",
        "CircuitPython CDC2 data",
        "CircuitPython HID",
    ]


# Keyboard

TYPE = """
import time, usb_hid, supervisor
keyboard = [device for device in usb_hid.devices if device.usage == 6][0]
def report(usage): return bytes((0, 0, usage, 0, 0, 0, 0, 0))
"""


def test_one_report_each_interval(make_key: MakeKey) -> None:
    key = make_key(TYPE + "time.sleep(1)\nfor usage in range(4, 9): keyboard.send_report(report(usage))")
    key.run(5)
    assert [report.data[2] for report in key.usb.reports] == [4, 5, 6, 7, 8]
    moments = [report.ms for report in key.usb.reports]
    assert [round(late - early) for early, late in pairwise(moments)] == [8] * 4


def test_without_a_computer_a_report_waits_2_s_and_fails(make_key: MakeKey) -> None:
    code = """
time.sleep(2)
start = time.monotonic_ns()
try:
    keyboard.send_report(report(4))
except OSError as error:
    print(error, (time.monotonic_ns() - start) // 1000000)
"""
    key = make_key(TYPE + code)
    key.unplug()
    key.at_a_computer = False
    key.plug()
    key.run(10)
    assert key.console.endswith("USB busy 2000\n")
    assert key.usb.reports == []


def test_while_suspended_a_report_vanishes_at_once(make_key: MakeKey) -> None:
    code = """
while supervisor.runtime.usb_connected or time.monotonic() < 4: time.sleep(0.01)
start = time.monotonic_ns()
keyboard.send_report(report(4))
print('no error', (time.monotonic_ns() - start) // 1000000)
"""
    key = make_key(TYPE + code)
    key.run(5)
    key.suspend()
    key.run(5)
    key.resume()
    key.run(1)
    assert key.console.endswith("no error 0\n")
    assert key.usb.reports == []


def test_a_report_that_was_dropped_does_not_come_later(make_key: MakeKey) -> None:
    key = make_key(TYPE + "time.sleep(3)\nkeyboard.send_report(report(4))\nprint('sent')")
    plug_in(key)
    key.suspend()
    key.run(4)
    assert key.usb.reports == []
    key.resume()
    key.run(0.1)
    assert key.console.endswith("sent\n")
    assert key.usb.reports == []


LEDS = TYPE + "while True:\n    print(keyboard.get_last_received_report())\n    time.sleep(0.1)\n"


def test_lock_keys_are_told_once(make_key: MakeKey) -> None:
    key = make_key(LEDS)
    key.run(5)
    assert set(key.console.splitlines()[-10:]) == {"None"}
    key.set_host_leds(0b11)
    key.run(0.5)
    assert key.console.splitlines()[-5:].count(repr(b"\x03")) == 1


def test_a_computer_with_num_lock_on_tells_every_new_keyboard(make_key: MakeKey) -> None:
    key = make_key(LEDS)
    key.set_host_leds(1)
    plug_in(key)
    key.run(0.5)
    assert key.console.count(repr(b"\x01")) == 1


PORT = "import time, usb_cdc\nport = usb_cdc.data\n"


def serial_key(make_key: MakeKey, code: str, written: bytes = b"") -> SimulatedKey:
    """A key whose port is open, with what a program has written to it."""
    key = plug_in(make_key(PORT + code, SETUP))
    key.open_serial()
    key.write_serial(written)
    return key


def test_no_port_in_the_everyday_face(make_key: MakeKey) -> None:
    key = plug_in(make_key("import usb_cdc; print(usb_cdc.data, usb_cdc.console)\n" + FOREVER))
    assert key.console.endswith("None None\n")
    with pytest.raises(OSError, match="no serial port"):
        key.open_serial()


def test_a_closed_port_takes_no_bytes(make_key: MakeKey) -> None:
    key = plug_in(make_key(FOREVER, SETUP))
    with pytest.raises(OSError, match="closed"):
        key.write_serial(b"x")


def test_connected_is_dtr(make_key: MakeKey) -> None:
    key = plug_in(make_key(PORT + "while True:\n    print(port.connected)\n    time.sleep(0.1)", SETUP))
    key.run(0.2)
    key.open_serial()
    key.run(0.2)
    assert key.console.splitlines()[-1] == "True"
    key.close_serial()
    key.run(0.2)
    assert key.console.splitlines()[-1] == "False"


RECEIVES = "time.sleep(3)\nprint(port.in_waiting, len(port.read(200)))\ntime.sleep(1)\nprint(port.in_waiting)"
TIMES_OUT = """
port.timeout = 0.5
time.sleep(2)
start = time.monotonic_ns()
print(port.read(10), (time.monotonic_ns() - start) // 1000000)
port.timeout = 0
print(port.read(10))
"""
STOPPED = """
port.write_timeout = 0.5
time.sleep(2)
total = 0
while True:
    count = port.write(bytes(64))
    total += count
    if not count: break
print('stuck after', total)
"""
#: What the key runs, what a program writes to it, and the lines that the key prints last.
PASSES: dict[str, tuple[str, bytes, list[str]]] = {
    "a packet of 64 bytes needs room as a whole": (RECEIVES, bytes(1000), ["256 200", "248"]),
    "a read times out short": (TIMES_OUT, b"abc", ["b'abc' 500", "b''"]),
    "half of its bytes end a read": ("time.sleep(2)\nprint(port.read(10))", b"abcde", ["b'abcde'"]),
    "who does not read stops the key in time": (STOPPED, b"", [f"stuck after {65536 + 256}"]),
}


@pytest.mark.parametrize("name", PASSES)
def test_what_passes_the_port(make_key: MakeKey, name: str) -> None:
    code, written, lines = PASSES[name]
    key = serial_key(make_key, code, written)
    key.run(10)
    assert key.console.splitlines()[-len(lines) :] == lines


def test_timeouts_wait_for_ever_by_default(make_key: MakeKey) -> None:
    key = serial_key(make_key, "print(port.timeout, port.write_timeout)\nport.read(1)\nprint('read')")
    key.run(60)
    assert key.console.endswith("None None\n")
    key.write_serial(b"x")
    key.run(0.1)
    assert key.console.endswith("read\n")


def test_a_read_of_single_bytes_ends_short_too(make_key: MakeKey) -> None:
    key = serial_key(make_key, "print(port.read(4))\nprint(port.readline())")
    for byte in b"abcdline\n":
        key.write_serial(bytes([byte]))
        key.run(0.2)
    assert key.console.splitlines()[-2:] == ["b'abc'", repr(b"dline\n")]


def test_a_write_beyond_the_buffer_is_short(make_key: MakeKey) -> None:
    key = serial_key(make_key, "time.sleep(2)\nprint(port.write(bytes(300)))")
    key.run(10)
    assert key.console.endswith("256\n")
    assert len(key.read_serial()) == 256


def test_writes_to_a_closed_port_report_full_length(make_key: MakeKey) -> None:
    key = plug_in(make_key(PORT + "print(port.write(b'x' * 1000))\n" + FOREVER, SETUP))
    assert key.console.endswith("1000\n")
    assert key.read_serial() == b""


def test_stale_bytes_greet_the_next_program(make_key: MakeKey) -> None:
    key = plug_in(make_key(PORT + "port.write(b'old')\n" + FOREVER, SETUP))
    key.open_serial()
    key.run(0.1)
    assert key.read_serial() == b"old"


def test_input_survives_a_close_until_it_is_reset(make_key: MakeKey) -> None:
    code = "time.sleep(3)\nprint(port.in_waiting)\nport.reset_input_buffer()\nprint(port.in_waiting)"
    key = serial_key(make_key, code, b"half a li")
    key.run(0.5)
    key.close_serial()
    key.run(10)
    assert key.console.splitlines()[-2:] == ["9", "0"]


def test_a_reset_takes_the_port_away(make_key: MakeKey) -> None:
    key = serial_key(
        make_key, "import microcontroller\ntime.sleep(2)\nport.write(b'bye')\nmicrocontroller.reset()"
    )
    assert key.run_until(lambda: key.usb.enumeration is None)
    with pytest.raises(OSError, match="no serial port"):
        key.write_serial(b"x")
    plug_in(key)
    key.open_serial()
    key.run(0.1)
    assert key.read_serial() == b"", "what had not left the key is lost"


RELEASE = bytes(8)


def keys(*usages: int, modifiers: int = 0) -> bytes:
    return bytes([modifiers, 0, *usages]).ljust(8, b"\0")


def each(*usages: int, modifiers: int = 0) -> list[bytes]:
    return [keys(usage, modifiers=modifiers) for usage in usages]


KEYPAD = each(*range(0x59, 0x63))
PUNCTUATION = (*range(0x2D, 0x32), *range(0x33, 0x39))
LETTERS = each(0x04, 0x1D, 0x1E)
SHIFTED = [keys(0x04, modifiers=0x02), keys(0x1D, modifiers=0x20), keys(0x1E, modifiers=0x02)]


@pytest.mark.parametrize(
    ("reports", "text"),
    [
        (each(*range(0x1E, 0x28)), "1234567890"),
        ([keys(0x1E), keys(0x1E, 0x1F), keys(0x1F)], "12"),
        ([keys(0x1E), keys(0x1E)], "1"),
        ([keys(0x1E), RELEASE, keys(0x1E)], "11"),
        ([keys(0x24, 0x1E, 0x27)], "710"),
        ([keys(NUM_LOCK_KEY), RELEASE, keys(0x5D)], "5"),
        ([keys(0x5D)], ""),
        (each(0x54, 0x55, 0x56, 0x57, 0x58), "/*-+\n"),
        (LETTERS, "az1"),
        (SHIFTED, "AZ!"),
        (each(0x28, 0x29, 0x2B, 0x2C, *PUNCTUATION), "\n\x1b\t -=[]\\;'`,./"),
        (each(*PUNCTUATION, modifiers=0x02), '_+{}|:"~<>?'),
        ([keys(0x06, modifiers=0x01)], ""),
        ([keys(0x65)], "<0x65>"),
        ([keys(1, 1, 1, 1, 1, 1)], ""),
    ],
)
def test_what_reports_type(reports: list[bytes], text: str) -> None:
    assert typed(reports) == text


def test_what_lock_keys_change() -> None:
    assert typed(KEYPAD, num_lock=True) == "1234567890"
    assert typed(KEYPAD, num_lock=False).startswith("<End><Down><PageDown><Left>")
    assert typed(LETTERS, caps_lock=True) == "AZ1"
    assert typed(SHIFTED, caps_lock=True) == "az!"


def test_a_report_has_eight_bytes() -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        typed([bytes(7)])


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
