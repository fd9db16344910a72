"""The blocks of the schematic around the controller: flash, clock and cell, button, light, secure element."""

from __future__ import annotations

from hardware.board.parts import Part
from hardware.board.rise import rise
from hardware.board.sheet import Sheet

#: The positions of the texts of a horizontal and of a vertical part, relative to its centre, in mm.
_ABOVE = {"ref": (-3.6, -2.0), "value": (0.8, -2.0)}
_BESIDE = {"ref": (1.6, -0.9), "value": (1.6, 1.1)}


class Placing:
    """A sheet and the parts for it. Positions are in mm from the sheet's upper left corner."""

    def __init__(self, parts: dict[str, Part], sheet: Sheet) -> None:
        self._parts = parts
        self.sheet = sheet

    def _place(self, ref: str, x: float, y: float, turn: int = 0, /, **texts: tuple[float, float]) -> None:
        self.sheet.part(self._parts[ref], x, y, turn, **texts)

    def _upright(self, ref: str, x: float, y: float) -> None:
        self._place(ref, x, y, **_BESIDE)

    def _lying(self, ref: str, x: float, y: float) -> None:
        self._place(ref, x, y, 90, **_ABOVE)

    def _drop(self, ref: str, x: float, top: float) -> None:
        """Place a part with its upper pin at `top` and its lower pin at ground."""
        self._upright(ref, x, top + 3)
        self.sheet.power("GND", x, top + 6)

    def _stub(self, ref: str, number: int, length: float, net: str) -> None:
        """Draw a short wire from a pin to its net's name."""
        x, y = self.sheet.pin(ref, number)
        self.sheet.wire((x, y), (x + length, y))
        self.sheet.label(net, x + length, y, "left" if length < 0 else "right")


class Around(Placing):
    """Draws each of them by its own method."""

    def _flash(self) -> None:
        s = self.sheet
        s.block("Flash, 8 MB", 228, 12, 318, 62)
        self._place("U2", 280, 38, ref=(9, -9), value=(9, -7.4))
        for number, net in (
            (6, "QSPI_SCLK"),
            (5, "QSPI_SD0"),
            (2, "QSPI_SD1"),
            (3, "QSPI_SD2"),
            (7, "QSPI_SD3"),
        ):
            self._stub("U2", number, -8, net)
        s.wire(s.pin("U2", 1), (254, 32), (246, 32), (240, 32))
        s.label("QSPI_SS", 240, 32)
        self._upright("R6", 254, 29)
        s.wire(s.pin("R6", 1), (254, 24))
        s.power("+3V3", 254, 24)
        self._upright("R5", 246, 35)
        s.wire((246, 38), (246, 44), (242, 44))
        s.label("BOOT", 242, 44)
        self._place("SW2", 254, 52, ref=(-4, -4.6), value=(1, -4.6))
        s.wire((246, 44), (246, 52), s.pin("SW2", 1))
        s.wire(s.pin("SW2", 2), (258, 54))
        s.power("GND", 258, 54)
        s.wire(s.pin("U2", 8), (280, 22), (280, 20))
        s.wire((280, 22), (302, 22))
        s.power("+3V3", 280, 20)
        self._drop("C14", 302, 22)
        s.power("GND", *s.pin("U2", 4))
        s.text("SW2 down while the chip starts: its ROM finds no flash, and shows RPI-RP2.", 230, 60.6)

    def _clock(self) -> None:
        s = self.sheet
        s.block("Clock with its own battery", 228, 66, 318, 118)
        self._place("U6", 276, 98, ref=(9, -4.4), value=(9, -2.6))
        for ref, pin, x in (("R7", 8, 254), ("R8", 2, 246)):
            y = s.pin("U6", pin)[1]
            self._upright(ref, x, 83)
            s.wire((x, 80), (x, 78))
            s.power("+3V3", x, 78)
            s.wire((x, 86), (x, y), s.pin("U6", pin))
            s.wire((x, y), (238, y)) if x == 246 else s.wire((254, y), (238, y))
        s.label("SCL", 238, 94)
        s.label("SDA", 238, 96)
        s.wire(s.pin("U6", 6), (274, 82), (264, 82))
        self._place("R17", 274, 79, ref=(-5, -2.2), value=(-5, -0.4))
        s.power("+3V3", 274, 76)
        s.power("PWR_FLAG", 264, 82)
        s.label("VCLOCK", 266, 82, "right")
        self._drop("C17", 264, 82)
        self._drop("R16", 256, 102)
        s.wire(s.pin("U6", 4), (256, 102))
        s.label("EVI", 260, 102, "right")
        s.power("GND", *s.pin("U6", 5))
        self._stub("U6", 7, 8, "CLKOUT")
        s.unused("U6", 3)
        self._cell()

    def _cell(self) -> None:
        """Draw the clock's cell, and the resistor that limits what a short circuit takes from it."""
        s = self.sheet
        s.wire(s.pin("U6", 1), (278, 80), (288, 80), (294, 80))
        s.label("VBACKUP", 279, 80, "right")
        s.power("PWR_FLAG", 288, 80)
        self._drop("C21", 288, 80)
        self._place("R15", 297, 80, 90, ref=(-1.6, -3.4), value=(-1.6, -1.9))
        s.wire((300, 80), (304, 80), (304, 84))
        s.label("VBAT", 300, 80, "right")
        self._place("BT1", 304, 88, ref=(3, -2), value=(-6, 6.4))
        s.power("GND", *s.pin("BT1", 2))
        slowest, fastest = rise(self._parts)
        s.text(
            f"R17 and C17 let VDD rise with {slowest:.0f} to {fastest:.0f} V/ms; U6 wants 10 to 55."
            " The cell gives 0.17 uA",
            230,
            114.8,
        )
        s.text("while unplugged, so its charge lasts longer than it keeps.", 230, 116.6)

    def _button_and_light(self) -> None:
        s = self.sheet
        s.block("Button and light", 228, 122, 318, 186)
        self._place("SW1", 262, 136, ref=(-4, -4.6), value=(1, -4.6))
        s.wire(s.pin("SW1", 1), (252, 136), (252, 138))
        s.power("GND", 252, 138)
        self._lying("R9", 276, 136)
        s.wire(s.pin("SW1", 2), s.pin("R9", 1))
        s.wire(s.pin("R9", 2), (290, 136))
        s.label("BUTTON", 290, 136, "right")
        self._place("D1", 292, 160, ref=(-2, -9.6), value=(-2, 9))
        for ref, net, pin, y in (
            ("R10", "LED_R", 1, 156),
            ("R11", "LED_G", 3, 160),
            ("R12", "LED_B", 4, 164),
        ):
            self._lying(ref, 272, y)
            s.wire(s.pin(ref, 2), s.pin("D1", pin))
            s.wire(s.pin(ref, 1), (258, y))
            s.label(net, 258, y)
        s.wire(s.pin("D1", 2), (302, 160), (302, 156))
        s.power("+3V3", 302, 156)
        s.text("About 2 mA each. Blue and green need 2.65 V, 3.1 V at most, so 3.3 V", 230, 182.6)
        s.text("is within their range. R9 keeps a discharge at the button off the chip.", 230, 184.6)

    def _element(self) -> None:
        s = self.sheet
        s.block("Place for a secure element", 106, 154, 222, 190)
        self._place("U7", 164, 173, ref=(-8, -8.8), value=(-8, 9.4))
        for number, net in ((5, "SPI_MOSI"), (7, "SPI_SCK"), (8, "SPI_CS")):
            self._stub("U7", number, -4, net)
        self._upright("R13", 136, 168)
        s.wire((136, 165), (136, 163))
        s.power("+3V3", 136, 163)
        s.wire((136, 171), (136, 173), s.pin("U7", 6))
        s.wire((136, 173), (128, 173))
        s.label("SPI_MISO", 128, 173)
        s.unused("U7", 4)
        s.wire(s.pin("U7", 1), (164, 161), (168, 161), (180, 161), (190, 161), (200, 161), (210, 161))
        s.wire(s.pin("U7", 22), (168, 161))
        s.wire((210, 161), (210, 159))
        s.power("+3V3", 210, 159)
        for ref, x in (("C18", 180), ("C19", 190), ("C20", 200)):
            self._drop(ref, x, 161)
        for number in (2, 3):
            s.power("GND", *s.pin("U7", number))
        s.text("Empty unless parts.toml says element = true. As its maker's own small board;", 108, 187)
        s.text("the pins are those of a Tiny 2040 in docs/concepts/element.md: GP0 to GP3.", 108, 189)
