"""CircuitPython's version, and what its build for each board says of USB and pins.

The boards are from CircuitPython's `ports/raspberrypi/boards/*/mpconfigboard.mk` and `pins.c`.
"""

from __future__ import annotations

from typing import NamedTuple

#: The release that the simulator follows, and how it calls itself once it is sealed.
CIRCUITPYTHON_VERSION = "10.1.3"
CIRCUITPYTHON_BUILD = f"{CIRCUITPYTHON_VERSION}+sealed 260220"


class Identity(NamedTuple):
    """`pins`: the GPIO numbers behind names that `boards` and `element_pins` use, if not "GP<number>"."""

    vendor_id: int
    product_id: int
    manufacturer: str
    product: str
    pins: str = ""

    @property
    def gpio(self) -> dict[str, int]:
        """The same, by name."""
        return {name: int(number) for name, number in (pin.split("=") for pin in self.pins.split())}


def identity(board: str) -> Identity:
    """What the build for a board says, by its id. Raises ValueError for one that is not here."""
    if board not in IDENTITIES:
        raise ValueError(f"{board} is not in totpkey_virtual/boards.py")
    return IDENTITIES[board]


IDENTITIES = {
    "adafruit_qt2040_trinkey": Identity(
        0x239A, 0x810A, "Adafruit", "QT2040 Trinkey", "BUTTON=12 NEOPIXEL=27 SCL=17 SDA=16"
    ),
    "raspberry_pi_pico": Identity(0x239A, 0x80F4, "Raspberry Pi", "Pico", "LED=25"),
    "adafruit_macropad_rp2040": Identity(
        0x239A, 0x8108, "Adafruit", "Macropad RP2040", "BUTTON=0 NEOPIXEL=19 SCL=21 SDA=20"
    ),
    "adafruit_qtpy_rp2040": Identity(
        0x239A,
        0x80F8,
        "Adafruit",
        "QT Py RP2040",
        "BUTTON=21 NEOPIXEL=12 NEOPIXEL_POWER=11 SCL1=23 SDA1=22 SCK=6 MOSI=3 MISO=4 A3=26",
    ),
    "adafruit_kb2040": Identity(
        0x239A,
        0x8106,
        "Adafruit",
        "KB2040",
        "BUTTON=11 NEOPIXEL=17 SCL=13 SDA=12 SCK=18 MOSI=19 MISO=20 D10=10",
    ),
    "adafruit_feather_rp2040": Identity(
        0x239A,
        0x80F2,
        "Adafruit",
        "Feather RP2040",
        "BUTTON=4 NEOPIXEL=16 SCL=3 SDA=2 SCK=18 MOSI=19 MISO=20 D10=10",
    ),
    "seeeduino_xiao_rp2040": Identity(
        0x2886,
        0x0042,
        "Seeed",
        "Seeeduino XIAO RP2040",
        "D0=26 NEOPIXEL=12 NEOPIXEL_POWER=11 SCL=7 SDA=6 SCK=2 MOSI=3 MISO=4 D1=27",
    ),
    "waveshare_rp2040_zero": Identity(0x2E8A, 0x101F, "Waveshare Electronics", "RP2040-Zero", "NEOPIXEL=16"),
    "waveshare_rp2040_one": Identity(0x2E8A, 0x103A, "Waveshare Electronics", "RP2040-One", "NEOPIXEL=16"),
    "vcc_gnd_yd_rp2040": Identity(0x2E8A, 0x000B, "VCC-GND Studio", "YD-RP2040", "BUTTON=24 LED=25"),
    "weact_studio_pico": Identity(0x239A, 0x102E, "WeAct Studio", "Pico", "BUTTON=23 LED=25"),
    "weact_studio_pico_16mb": Identity(0x239A, 0x102E, "WeAct Studio", "Pico", "BUTTON=23 LED=25"),
    "pimoroni_tiny2040": Identity(
        0x16D0, 0x08C7, "Pimoroni", "Tiny 2040 (8MB)", "USER_SW=23 LED_R=18 LED_G=19 LED_B=20"
    ),
    "pimoroni_tiny2040_2mb": Identity(
        0x2E8A, 0x1016, "Pimoroni", "Tiny 2040 (2MB)", "USER_SW=23 LED_R=18 LED_G=19 LED_B=20"
    ),
}
