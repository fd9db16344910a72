"""code.py that evaluates expressions from the serial port and returns their values."""

import time

import board
import usb_cdc

from totpkey_firmware import spi

# A key loads these modules without an element, too.
from totpkey_firmware.crypto import hmac, kdf, siv  # noqa: F401
from totpkey_firmware.element.link import ElementError
from totpkey_firmware.element.session import Pairing
from totpkey_firmware.element.tropic01 import Tropic01
from totpkey_protocol.element_pins import ELEMENT_PINS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

wire = spi.Wire(ELEMENT_PINS[board.board_id], lambda: time.sleep(0.001))
chip = Tropic01(wire)
longest = last = 0


def open_session(private: bytes, public: bytes, element: bytes, ephemeral: bytes) -> None:
    chip.open(Pairing(0, private, public, element), bytearray(ephemeral))


def slices(keys: "tuple[bytes, bytes, bytes]", ephemeral: bytes) -> int:
    """Open a session and return the longest time in ms between two calls of the driver's callback."""
    global longest, last
    longest, last = 0, time.monotonic_ns()

    def watch() -> None:
        global longest, last
        longest = max(longest, time.monotonic_ns() - last)
        last = time.monotonic_ns()

    private, public, element = keys
    Tropic01(wire, watch).open(Pairing(0, private, public, element), bytearray(ephemeral))
    return longest // 1000000


def timed(action: "Callable[[], object]") -> int:
    """Return the device time of a call in µs."""
    start = time.monotonic_ns()
    action()
    return (time.monotonic_ns() - start) // 1000


def answer(line: bytes) -> object:
    """Return the value of an expression, or the error that the driver raised."""
    try:
        return eval(line)  # noqa: S307 - from the test alone
    except ElementError as error:
        return ("ElementError", error.args[0], error.code)


port = usb_cdc.data
assert port
line = b""
while True:
    line += port.read(port.in_waiting) if port.in_waiting else b""
    if line.endswith(b"\n"):
        text = repr(answer(line)).encode() + b"\n"
        line = b""
        while text:
            text = text[port.write(text) :]
    time.sleep(0.001)
