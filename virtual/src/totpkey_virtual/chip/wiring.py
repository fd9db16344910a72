"""The RP2040 pins behind each board's pin names."""

from __future__ import annotations

from totpkey_protocol.boards import BOARDS, Board
from totpkey_protocol.element_pins import ELEMENT_PINS

from ..boards import identity

#: What a line may be instead of wired.
OPEN, GROUND, SUPPLY, OTHER = "open", "ground", "supply", "other"


class Wiring:
    """GPIO numbers of one board."""

    def __init__(self, name: str) -> None:
        """`name`: CircuitPython's board id. Raises ValueError for one whose pins are not known."""
        self.board: Board = BOARDS[name]
        self._named = identity(name).gpio
        self.button = self._gpio(self.board.button)
        self.light = tuple(self._gpio(pin) for pin in self.board.light)
        self.scl, self.sda = self._gpio(self.board.scl), self._gpio(self.board.sda)
        #: Clock, out, in and chip select for a secure element, if the board has them free.
        self.spi = tuple(self._gpio(pin) for pin in ELEMENT_PINS.get(name, ()))

    @property
    def has_neopixel(self) -> bool:
        return self.board.light == ("NEOPIXEL",)

    @property
    def i2c(self) -> int:
        """The number of the I2C controller that these pins reach (RP2040 datasheet table 2)."""
        return self.sda // 2 % 2

    @property
    def spi_controller(self) -> int:
        """The number of the SPI controller that these pins reach (RP2040 datasheet table 2)."""
        return self.spi[0] // 8 % 2

    def _gpio(self, pin: str) -> int:
        if pin in self._named:
            return self._named[pin]
        if not pin.removeprefix("GP").isdecimal():
            raise ValueError(f"{self.board.name} has no pin {pin} that is known")
        return int(pin.removeprefix("GP"))
