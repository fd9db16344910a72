"""CircuitPython's SPI, as a secure element has it: the part of `platform` for one."""

import board
import busio
import digitalio
import supervisor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

#: Bits a second. The element takes 27 million, wires between two boards fewer; its commands are slow anyway.
_SPEED = 4_000_000


class Wire:
    """The bus in mode 0, and the chip select."""

    def __init__(self, pins: "tuple[str, ...]", pause: "Callable[[], None]") -> None:
        """`pins`: as `totpkey_protocol.element_pins` has them. `pause` lets a millisecond go by."""
        self.pause = pause
        clock, out, into, select = [getattr(board, name) for name in pins]
        self._select = digitalio.DigitalInOut(select)
        self._select.switch_to_output(True)
        self._bus = busio.SPI(clock, MOSI=out, MISO=into)
        # Nothing else is on this bus: locked once, for good.
        while not self._bus.try_lock():
            pass
        self._bus.configure(baudrate=_SPEED, polarity=0, phase=0, bits=8)

    def select(self, selected: bool) -> None:
        """Begin a transfer, or end it."""
        self._select.value = not selected

    def exchange(self, buffer: bytearray) -> None:
        """Send the bytes of `buffer`, and put those that came meanwhile in their place."""
        self._bus.write_readinto(buffer, buffer)

    def deinit(self) -> None:
        """Set the pins free."""
        self._bus.deinit()
        self._select.deinit()

    def ticks(self) -> int:
        """Milliseconds; see `ticks`."""
        return supervisor.ticks_ms()


def find(board_name: str, pause: "Callable[[], None]") -> "Wire | None":
    """The wire of that board (`board.board_id`), None where it has no pins for an element."""
    from totpkey_protocol.element_pins import ELEMENT_PINS

    pins = ELEMENT_PINS.get(board_name)
    return Wire(pins, pause) if pins else None
