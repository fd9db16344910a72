"""CircuitPython's version, and what its build for each board says of USB and pins.

The boards are from CircuitPython's `ports/raspberrypi/boards/*/mpconfigboard.mk` and `pins.c`.
"""

from __future__ import annotations

from typing import NamedTuple

#: The release that the simulator follows, and how it calls itself once it is sealed.
CIRCUITPYTHON_VERSION = "10.1.3"
CIRCUITPYTHON_BUILD = f"{CIRCUITPYTHON_VERSION}+sealed 260220"


class Identity(NamedTuple):
    vendor_id: int
    product_id: int
    manufacturer: str
    product: str


def identity(board: str) -> Identity:
    """A board's default USB descriptors, by its id. Raises ValueError for one that is not here."""
    if board not in IDENTITIES:
        raise ValueError(f"{board} is not in totpkey_virtual/boards.py")
    return IDENTITIES[board]


IDENTITIES = {
    "adafruit_qt2040_trinkey": Identity(0x239A, 0x810A, "Adafruit", "QT2040 Trinkey"),
    "raspberry_pi_pico": Identity(0x239A, 0x80F4, "Raspberry Pi", "Pico"),
    "adafruit_macropad_rp2040": Identity(0x239A, 0x8108, "Adafruit", "Macropad RP2040"),
    "adafruit_qtpy_rp2040": Identity(0x239A, 0x80F8, "Adafruit", "QT Py RP2040"),
    "adafruit_kb2040": Identity(0x239A, 0x8106, "Adafruit", "KB2040"),
    "adafruit_feather_rp2040": Identity(0x239A, 0x80F2, "Adafruit", "Feather RP2040"),
    "seeeduino_xiao_rp2040": Identity(0x2886, 0x0042, "Seeed", "Seeeduino XIAO RP2040"),
    "waveshare_rp2040_zero": Identity(0x2E8A, 0x101F, "Waveshare Electronics", "RP2040-Zero"),
    "waveshare_rp2040_one": Identity(0x2E8A, 0x103A, "Waveshare Electronics", "RP2040-One"),
    "vcc_gnd_yd_rp2040": Identity(0x2E8A, 0x000B, "VCC-GND Studio", "YD-RP2040"),
    "weact_studio_pico": Identity(0x239A, 0x102E, "WeAct Studio", "Pico"),
    "weact_studio_pico_16mb": Identity(0x239A, 0x102E, "WeAct Studio", "Pico"),
    "pimoroni_tiny2040": Identity(0x16D0, 0x08C7, "Pimoroni", "Tiny 2040 (8MB)"),
    "pimoroni_tiny2040_2mb": Identity(0x2E8A, 0x1016, "Pimoroni", "Tiny 2040 (2MB)"),
}

#: GPIO numbers behind the names that `boards` and `element_pins` use, where they are not "GP<number>".
GPIO: dict[str, dict[str, int]] = {
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
