"""The serial port: its buffers, time-outs, and the effect of a reset."""

from __future__ import annotations

import pytest

from totpkey_virtual.simulator import SimulatedKey
from virtual.tests.simulator.conftest import SETUP, MakeKey, plug_in

FOREVER = "import time\nwhile True: time.sleep(1)\n"
PORT = "import time, usb_cdc\nport = usb_cdc.data\n"


def serial_key(make_key: MakeKey, code: str) -> SimulatedKey:
    key = plug_in(make_key(PORT + code, SETUP))
    key.open_serial()
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


def test_the_key_receives_256_bytes_and_the_rest_waits(make_key: MakeKey) -> None:
    code = "time.sleep(3)\nprint(port.in_waiting, len(port.read(200)))\ntime.sleep(1)\nprint(port.in_waiting)"
    key = serial_key(make_key, code)
    key.write_serial(bytes(1000))
    key.run(10)
    assert key.console.splitlines()[-2:] == ["256 200", "248"], "a packet of 64 bytes needs room as a whole"


def test_timeouts_wait_for_ever_by_default(make_key: MakeKey) -> None:
    key = serial_key(make_key, "print(port.timeout, port.write_timeout)\nport.read(1)\nprint('read')")
    key.run(60)
    assert key.console.endswith("None None\n")
    key.write_serial(b"x")
    key.run(0.1)
    assert key.console.endswith("read\n")


def test_a_read_times_out_short(make_key: MakeKey) -> None:
    code = """
port.timeout = 0.5
time.sleep(2)
start = time.monotonic_ns()
print(port.read(10), (time.monotonic_ns() - start) // 1000000)
port.timeout = 0
print(port.read(10))
"""
    key = serial_key(make_key, code)
    key.write_serial(b"abc")
    key.run(10)
    assert key.console.splitlines()[-2:] == ["b'abc' 500", "b''"]


def test_a_read_that_starts_with_half_of_its_bytes_ends_there(make_key: MakeKey) -> None:
    key = serial_key(make_key, "time.sleep(2)\nprint(port.read(10))")
    key.write_serial(b"abcde")
    key.run(10)
    assert key.console.endswith("b'abcde'\n")


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


def test_a_program_that_does_not_read_stops_the_key_in_time(make_key: MakeKey) -> None:
    code = """
port.write_timeout = 0.5
time.sleep(2)
total = 0
while True:
    count = port.write(bytes(64))
    total += count
    if not count: break
print('stuck after', total)
"""
    key = serial_key(make_key, code)
    key.run(10)
    assert key.console.endswith(f"stuck after {65536 + 256}\n")


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
    key = serial_key(make_key, code)
    key.write_serial(b"half a li")
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
