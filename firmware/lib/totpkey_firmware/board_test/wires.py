"""What answers on the wires to clock and secure element: the part of `platform` for the test face."""

import time

import bitbangio
import board
import busio

from totpkey_protocol.board_test import REGISTERS
from totpkey_protocol.boards import BOARDS

from ..element.glance import answers as element_answers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..platform import Platform

#: Addresses at which the firmware knows a clock.
_CLOCKS = (0x68, 0x52, 0x51)


class Wires:
    """The two wires to the clock, and whether a secure element answers."""

    def __init__(self, platform: "Platform") -> None:
        pins = BOARDS[board.board_id]
        self._scl, self._sda = getattr(board, pins.scl), getattr(board, pins.sda)
        self._bus = self._begin()
        #: Whether the clock's wires have pull-ups.
        self.pull_ups = self._bus is not None
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

    def registers(self, answers: bytes) -> bytes:
        """The first registers of the clock among these addresses; empty if there is none."""
        data = bytearray(REGISTERS)
        for address in _CLOCKS:
            if address in answers and self._bus:
                try:
                    self._bus.writeto_then_readfrom(address, b"\x00", data)
                except OSError:
                    continue
                return bytes(data)
        return b""


def hang() -> None:
    """Do nothing any more, so that the watchdog restarts the key."""
    while True:
        time.sleep(0.1)
