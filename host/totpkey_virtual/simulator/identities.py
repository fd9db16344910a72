"""CircuitPython's version, and each board's default USB descriptors.

The boards are from CircuitPython's `ports/raspberrypi/boards/*/mpconfigboard.mk`.
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
