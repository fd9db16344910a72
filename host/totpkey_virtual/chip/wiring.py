"""The RP2040 pins behind each board's pin names."""

from __future__ import annotations

from totpkey_protocol.boards import BOARDS, Board
from totpkey_protocol.element_pins import ELEMENT_PINS

#: GPIO numbers behind the pin names that `boards` and `element_pins` use, where they are not "GP<number>"
#: (CircuitPython's ports/raspberrypi/boards/*/pins.c).
_NAMED = {
    "adafruit_qt2040_trinkey": {"BUTTON": 12, "NEOPIXEL": 27, "SCL": 17, "SDA": 16},
    "raspberry_pi_pico": {"LED": 25},
    "adafruit_macropad_rp2040": {"BUTTON": 0, "NEOPIXEL": 19, "SCL": 21, "SDA": 20},
    "adafruit_qtpy_rp2040": {
        "BUTTON": 21,
        "NEOPIXEL": 12,
        "NEOPIXEL_POWER": 11,
        "SCL1": 23,
        "SDA1": 22,
        "SCK": 6,
        "MOSI": 3,
        "MISO": 4,
        "A3": 26,
    },
    "adafruit_kb2040": {
        "BUTTON": 11,
        "NEOPIXEL": 17,
        "SCL": 13,
        "SDA": 12,
        "SCK": 18,
        "MOSI": 19,
        "MISO": 20,
        "D10": 10,
    },
    "adafruit_feather_rp2040": {
        "BUTTON": 4,
        "NEOPIXEL": 16,
        "SCL": 3,
        "SDA": 2,
        "SCK": 18,
        "MOSI": 19,
        "MISO": 20,
        "D10": 10,
    },
    "seeeduino_xiao_rp2040": {
        "D0": 26,
        "NEOPIXEL": 12,
        "NEOPIXEL_POWER": 11,
        "SCL": 7,
        "SDA": 6,
        "SCK": 2,
        "MOSI": 3,
        "MISO": 4,
        "D1": 27,
    },
    "waveshare_rp2040_zero": {"NEOPIXEL": 16},
    "waveshare_rp2040_one": {"NEOPIXEL": 16},
    "vcc_gnd_yd_rp2040": {"BUTTON": 24, "LED": 25},
    "weact_studio_pico": {"BUTTON": 23, "LED": 25},
    "weact_studio_pico_16mb": {"BUTTON": 23, "LED": 25},
    "pimoroni_tiny2040": {"USER_SW": 23, "LED_R": 18, "LED_G": 19, "LED_B": 20},
    "pimoroni_tiny2040_2mb": {"USER_SW": 23, "LED_R": 18, "LED_G": 19, "LED_B": 20},
}


def named(name: str) -> dict[str, int]:
    """The pins of a board that have names of their own, with their GPIO numbers."""
    return _NAMED.get(name, {})


#: What a line may be instead of wired.
OPEN, GROUND, SUPPLY, OTHER = "open", "ground", "supply", "other"


class Wiring:
    """GPIO numbers of one board."""

    def __init__(self, name: str) -> None:
        """`name`: CircuitPython's board id. Raises ValueError for one whose pins are not known."""
        self.board: Board = BOARDS[name]
        self._named = named(name)
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
