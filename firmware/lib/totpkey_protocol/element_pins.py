"""The free pins for a secure element on boards of the table `boards`: clock, out, in, chip select.

Separate from that table, because a key without an element has no memory for it.
"""

_SPI = ("GP2", "GP3", "GP0", "GP1")
#: Of boards with the shape of a Pico.
_PICO = ("GP18", "GP19", "GP16", "GP17")

#: By CircuitPython's board id. The names are those of each board's `board` module.
ELEMENT_PINS = {
    "raspberry_pi_pico": _PICO,
    "vcc_gnd_yd_rp2040": _PICO,
    "weact_studio_pico": _PICO,
    "weact_studio_pico_16mb": _PICO,
    "adafruit_qtpy_rp2040": ("SCK", "MOSI", "MISO", "A3"),
    "adafruit_kb2040": ("SCK", "MOSI", "MISO", "D10"),
    "adafruit_feather_rp2040": ("SCK", "MOSI", "MISO", "D10"),
    "seeeduino_xiao_rp2040": ("SCK", "MOSI", "MISO", "D1"),
    "waveshare_rp2040_zero": _SPI,
    "waveshare_rp2040_one": _SPI,
    "pimoroni_tiny2040": _SPI,
    "pimoroni_tiny2040_2mb": _SPI,
}
