"""code.py that drives the element as lines on the serial port say: an expression in, its value out."""

import gc
import time

import usb_cdc

from totpkey_firmware import spi
from totpkey_firmware.element.link import ElementError

gc.collect()
before = gc.mem_free()
from totpkey_firmware.element.session import Pairing  # noqa: E402
from totpkey_firmware.element.tropic01 import Tropic01  # noqa: E402

gc.collect()
heap = before - gc.mem_free()
wire = spi.wire()
chip = Tropic01(wire)
port = usb_cdc.data
longest = 0
last = 0


def open_session(private: bytes, public: bytes, element: bytes, ephemeral: bytes, slot: int = 0) -> None:
    """Open a session with these keys."""
    chip.open(Pairing(slot, private, public, element), bytearray(ephemeral))


def slices(keys: "tuple[bytes, bytes, bytes]", ephemeral: bytes) -> int:
    """Open a session; the longest time in ms that the key is not its own meanwhile."""
    global longest, last
    longest, last = 0, time.monotonic_ns()

    def meanwhile() -> None:
        global longest, last
        longest = max(longest, time.monotonic_ns() - last)
        last = time.monotonic_ns()

    private, public, element = keys
    Tropic01(wire, meanwhile).open(Pairing(0, private, public, element), bytearray(ephemeral))
    return longest // 1000000


def timed(action: "object") -> int:
    """Device time of a call, in µs."""
    start = time.monotonic_ns()
    action()
    return (time.monotonic_ns() - start) // 1000


line = b""
while True:
    line += port.read(port.in_waiting) if port.in_waiting else b""
    if line.endswith(b"\n"):
        try:
            answer = eval(line)
        except ElementError as error:
            answer = ("ElementError", error.args[0], error.code)
        line = b""
        port.write(repr(answer).encode() + b"\n")
    time.sleep(0.001)
