"""What answers on the wires to clock and secure element: the part of `platform` for the test face."""

import time

import bitbangio
import board
import busio
import digitalio

from totpkey_firmware.element.glance import answers as element_answers
from totpkey_protocol.boards import BOARDS

from .definition import GOES_LOW, PULLED_DOWN, PULLED_UP, REGISTERS, TAKES_OTHER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from microcontroller import Pin

    from totpkey_firmware.platform import Platform

#: Addresses at which the firmware knows a clock.
_CLOCKS = (0x68, 0x52, 0x51)
#: How long a line may take to follow a pull, and a clock to change its second, in s.
_SETTLES, _SECOND = 0.001, 1.5


class Wires:
    """The two wires to the clock, and whether a secure element answers."""

    def __init__(self, platform: "Platform") -> None:
        pins = BOARDS[board.board_id]
        self._scl, self._sda = getattr(board, pins.scl), getattr(board, pins.sda)
        #: What both lines show as plain pins.
        self.lines = _look(self._scl, self._sda) | _look(self._sda, self._scl) << 4
        self._bus = self._begin()
        wire = platform.element_wire()
        self.element = wire is not None and element_answers(wire)

    def _begin(self) -> "busio.I2C | None":
        try:
            bus = busio.I2C(self._scl, self._sda, frequency=400_000)
        except RuntimeError:
            return None
        while not bus.try_lock():
            pass
        return bus

    def answers(self) -> bytes:
        """The addresses that answer."""
        return bytes(self._bus.scan()) if self._bus else b""

    def answers_exchanged(self) -> bytes:
        """The same with SCL and SDA exchanged, which only bit-banging can do."""
        if not self._bus:
            return b""
        self._bus.deinit()
        try:
            bus = bitbangio.I2C(self._sda, self._scl, frequency=100_000)
            while not bus.try_lock():
                pass
            found = bytes(bus.scan())
            bus.deinit()
        except RuntimeError:
            found = b""
        self._bus = self._begin()
        return found

    def read(self, register: int, count: int) -> bytes:
        """So many registers of the clock; empty if there is none."""
        data = bytearray(count)
        place = bytes([register])
        read = self._at_clock(lambda bus, address: bus.writeto_then_readfrom(address, place, data))
        return bytes(data) if read else b""

    def second(self, register: int) -> bytes:
        """The clock's first registers, once that one has changed; empty if it does not."""
        before, end = self.read(register, 1), time.monotonic_ns() + int(_SECOND * 1e9)
        while before and time.monotonic_ns() < end:
            if self.read(register, 1) != before:
                return self.read(0, REGISTERS)
        return b""

    def register(self, register: int, value: int) -> int:
        """What is in that register of the clock, once `value` was written; -1 for neither."""
        if value >= 0:
            self._at_clock(lambda bus, address: bus.writeto(address, bytes([register, value])))
        held = self.read(register, 1)
        return held[0] if held else -1

    def _at_clock(self, act: "Callable[[busio.I2C, int], object]") -> bool:
        """Whether a clock took part in it."""
        bus = self._bus
        for address in _CLOCKS:
            try:
                if bus:
                    act(bus, address)
                    return True
            except OSError:
                continue
        return False


def _look(pin: "Pin", other: "Pin") -> int:
    """What a line of the clock shows as a plain pin, as in `definition`."""
    line, second = digitalio.DigitalInOut(pin), digitalio.DigitalInOut(other)
    second.switch_to_input(digitalio.Pull.UP)
    found = 0
    for pull, bit in ((digitalio.Pull.UP, PULLED_UP), (digitalio.Pull.DOWN, PULLED_DOWN)):
        line.switch_to_input(pull)
        time.sleep(_SETTLES)
        found |= bit if line.value else 0
    line.switch_to_output(False, digitalio.DriveMode.OPEN_DRAIN)
    time.sleep(_SETTLES)
    found |= (0 if line.value else GOES_LOW) | (0 if second.value else TAKES_OTHER)
    line.deinit()
    second.deinit()
    return found


def hang() -> None:
    """Do nothing any more, so that the watchdog restarts the key."""
    while True:
        time.sleep(0.1)
