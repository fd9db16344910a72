"""The table of boards: ids, pins, lights and flash, as CircuitPython names them.

The firmware reads its pins from this table, and the host uses it for display and checks. Pin names are those
of each board's `board` module. If a board has no button, the pin is the one that our builds use.
"""


class Board:
    """One board. Pins are attribute names of CircuitPython's `board`."""

    def __init__(
        self,
        name: str,
        flash: int,
        button: str,
        light: "tuple[str, ...]",
        scl: str,
        sda: str,
        power: str = "",
        own_button: bool = True,
        keys: "tuple[str, ...]" = (),
        pixels: int = 1,
        display: bool = False,
    ) -> None:
        self.name = name
        #: Flash size in MB.
        self.flash = flash
        #: The button's pin. It closes to ground when pressed.
        self.button = button
        #: One pin named NEOPIXEL, or one plain LED (high is on), or three (R, G, B; low is on).
        self.light = light
        self.scl = scl
        self.sda = sda
        #: The pin that must be high to power the NeoPixel, if there is one.
        self.power = power
        #: False if the builder wires the button.
        self.own_button = own_button
        #: Twelve more keys in rows of three, if the board has them. They also close to ground.
        self.keys = keys
        #: How many NeoPixels are on its line. With more keys, one is under each.
        self.pixels = pixels
        #: Whether it has a display that CircuitPython knows as `board.DISPLAY`.
        self.display = display


_KEYS = tuple(["KEY" + str(number) for number in range(1, 13)])

BOARDS = {
    "adafruit_qt2040_trinkey": Board("Adafruit Trinkey QT2040", 8, "BUTTON", ("NEOPIXEL",), "SCL", "SDA"),
    "raspberry_pi_pico": Board("Raspberry Pi Pico", 2, "GP14", ("LED",), "GP5", "GP4", own_button=False),
    "adafruit_macropad_rp2040": Board(
        "Adafruit MacroPad RP2040",
        8,
        "BUTTON",
        ("NEOPIXEL",),
        "SCL",
        "SDA",
        keys=_KEYS,
        pixels=12,
        display=True,
    ),
    "adafruit_qtpy_rp2040": Board(
        "Adafruit QT Py RP2040", 8, "BUTTON", ("NEOPIXEL",), "SCL1", "SDA1", power="NEOPIXEL_POWER"
    ),
    "adafruit_kb2040": Board("Adafruit KB2040", 8, "BUTTON", ("NEOPIXEL",), "SCL", "SDA"),
    "adafruit_feather_rp2040": Board("Adafruit Feather RP2040", 8, "BUTTON", ("NEOPIXEL",), "SCL", "SDA"),
    "seeeduino_xiao_rp2040": Board(
        "Seeed XIAO RP2040", 2, "D0", ("NEOPIXEL",), "SCL", "SDA", power="NEOPIXEL_POWER", own_button=False
    ),
    "waveshare_rp2040_zero": Board(
        "Waveshare RP2040-Zero", 2, "GP14", ("NEOPIXEL",), "GP5", "GP4", own_button=False
    ),
    "waveshare_rp2040_one": Board(
        "Waveshare RP2040-One", 4, "GP14", ("NEOPIXEL",), "GP5", "GP4", own_button=False
    ),
    # Sold with 4 to 16 MB, and with 2 to 16; its NeoPixel has an open bridge, so its plain LED is the light.
    "vcc_gnd_yd_rp2040": Board("VCC-GND YD-RP2040", 4, "BUTTON", ("LED",), "GP5", "GP4"),
    "weact_studio_pico": Board("WeAct Studio Pico", 2, "BUTTON", ("LED",), "GP5", "GP4"),
    "weact_studio_pico_16mb": Board("WeAct Studio Pico (16 MB)", 16, "BUTTON", ("LED",), "GP5", "GP4"),
    "pimoroni_tiny2040": Board("Pimoroni Tiny 2040", 8, "USER_SW", ("LED_R", "LED_G", "LED_B"), "GP5", "GP4"),
    "pimoroni_tiny2040_2mb": Board(
        "Pimoroni Tiny 2040 (2 MB)", 2, "USER_SW", ("LED_R", "LED_G", "LED_B"), "GP5", "GP4"
    ),
}
