"""The board's schematic: `python -m hardware.board.drawing` writes totpkey.kicad_sch.

`Around` has the blocks around the controller: flash, clock and cell, button, light, secure element. How fast
the clock chip's supply rises at its first start, behind R17 and C17, is computed with all tolerances, for the
note beside it.
"""

from __future__ import annotations

from pathlib import Path

from hardware.board.parts import Part, load
from hardware.board.sheet import Sheet

#: The chip's limits in V/ms at its first start (RV-3032-C7 application manual 1.3, 7.4).
LIMITS = 10, 55
#: What each may be off: AP2112K's output, R17 (F: 1 %), C17 (K: 10 %), and C17 over temperature (X7R: 15 %).
_RAIL, _RESISTOR, _CAPACITOR, _TEMPERATURE = 0.015, 0.01, 0.10, 0.15
_VOLTS = 3.3


def rise(parts: dict[str, Part]) -> tuple[float, float]:
    """Return the slowest and the fastest rise in V/ms.

    The regulator's output is a step, at worst. Behind a resistor the voltage rises fastest at once, as if it
    took one time constant for all of it. In that time it really reaches two thirds.
    """
    ohms = float(parts["R17"].value.replace("k", "e3").removesuffix("R"))
    farads = float(parts["C17"].value.removesuffix("n")) * 1e-9
    high = (1 + _RESISTOR) * (1 + _CAPACITOR) * (1 + _TEMPERATURE)
    low = (1 - _RESISTOR) * (1 - _CAPACITOR) * (1 - _TEMPERATURE)
    nominal = _VOLTS / (ohms * farads) / 1000
    return nominal * 0.63 * (1 - _RAIL) / high, nominal * (1 + _RAIL) / low


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

    def _supplied(self, name: str, *points: tuple[float, float]) -> None:
        """Draw a wire to a power symbol at its end."""
        self.sheet.wire(*points)
        self.sheet.power(name, *points[-1])

    def _named(self, net: str, *points: tuple[float, float], side: str = "left") -> None:
        """Draw a wire to its net's name."""
        self.sheet.wire(*points)
        self.sheet.label(net, *points[-1], side)

    def _stub(self, ref: str, number: int, length: float, net: str) -> None:
        """Draw a short wire from a pin to its net's name."""
        x, y = self.sheet.pin(ref, number)
        self._named(net, (x, y), (x + length, y), side="left" if length < 0 else "right")


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
        self._named("QSPI_SS", s.pin("U2", 1), (254, 32), (246, 32), (240, 32))
        self._upright("R6", 254, 29)
        self._supplied("+3V3", s.pin("R6", 1), (254, 24))
        self._upright("R5", 246, 35)
        self._named("BOOT", (246, 38), (246, 44), (242, 44))
        self._place("SW2", 254, 52, ref=(-4, -4.6), value=(1, -4.6))
        s.wire((246, 44), (246, 52), s.pin("SW2", 1))
        self._supplied("GND", s.pin("SW2", 2), (258, 54))
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
            self._supplied("+3V3", (x, 80), (x, 78))
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
        self._supplied("GND", s.pin("SW1", 1), (252, 136), (252, 138))
        self._lying("R9", 276, 136)
        s.wire(s.pin("SW1", 2), s.pin("R9", 1))
        self._named("BUTTON", s.pin("R9", 2), (290, 136), side="right")
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
        self._supplied("+3V3", s.pin("D1", 2), (302, 160), (302, 156))
        s.text("About 2 mA each. Blue and green need 2.65 V, 3.1 V at most, so 3.3 V", 230, 182.6)
        s.text("is within their range. R9 keeps a discharge at the button off the chip.", 230, 184.6)

    def _element(self) -> None:
        s = self.sheet
        s.block("Place for a secure element", 106, 154, 222, 190)
        self._place("U7", 164, 173, ref=(-8, -8.8), value=(-8, 9.4))
        for number, net in ((5, "SPI_MOSI"), (7, "SPI_SCK"), (8, "SPI_CS")):
            self._stub("U7", number, -4, net)
        self._upright("R13", 136, 168)
        self._supplied("+3V3", (136, 165), (136, 163))
        s.wire((136, 171), (136, 173), s.pin("U7", 6))
        self._named("SPI_MISO", (136, 173), (128, 173))
        s.unused("U7", 4)
        s.wire(s.pin("U7", 1), (164, 161), (168, 161), (180, 161), (190, 161), (200, 161), (210, 161))
        s.wire(s.pin("U7", 22), (168, 161))
        self._supplied("+3V3", (210, 161), (210, 159))
        for ref, x in (("C18", 180), ("C19", 190), ("C20", 200)):
            self._drop(ref, x, 161)
        for number in (2, 3):
            s.power("GND", *s.pin("U7", number))
        s.text("Empty unless parts.toml says element = true. As its maker's own small board;", 108, 187)
        s.text("the pins are those of a Tiny 2040 in docs/concepts/element.md: GP0 to GP3.", 108, 189)


OUTPUT = Path(__file__).resolve().parent / "totpkey.kicad_sch"
TITLE, REVISION, DATE = "totpkey stick", "3", "2026-11-29"


class Drawing(Around):
    """All blocks of the sheet, each drawn by its own method."""

    def __init__(self, parts: dict[str, Part]) -> None:
        note = "Runs CircuitPython's image for the Pimoroni Tiny 2040 (8 MB)"
        super().__init__(parts, Sheet("totpkey", TITLE, REVISION, DATE, note))
        for draw in (self._plug, self._supply, self._crystal, self._pads, self._controller):
            draw()
        for draw in (self._flash, self._clock, self._button_and_light, self._element, self._notes):
            draw()

    def _plug(self) -> None:
        s = self.sheet
        s.block("USB plug, protected against discharges", 12, 12, 100, 54)
        self._place("J1", 30, 34, ref=(-4, -8.5), value=(-4, -7))
        self._place("U5", 54, 34, ref=(3, -6.6), value=(3, -5))
        self._supplied("VBUS", s.pin("J1", 1), (42, 30), (42, 26))
        s.wire(s.pin("J1", 3), s.pin("U5", 1))
        s.wire(s.pin("J1", 2), s.pin("U5", 3))
        self._supplied("VBUS", s.pin("U5", 5), (54, 26))
        self._lying("R1", 72, 34)
        self._place("R2", 80, 36, 90, ref=(-3.6, 2.6), value=(0.8, 2.6))
        s.wire(s.pin("U5", 6), s.pin("R1", 1))
        s.wire(s.pin("U5", 4), s.pin("R2", 1))
        s.wire(s.pin("R1", 2), (88, 34))
        s.wire(s.pin("R2", 2), (88, 36))
        s.label("USB_DP", 88, 34, "right")
        s.label("USB_DM", 88, 36, "right")
        s.label("PLUG_DP", 40, 34, "right")
        s.label("PLUG_DM", 40, 36, "right")
        # Each line passes through the protector, whose two pins for it are connected inside.
        s.label("PLUG_DP", 59, 34, "right")
        s.label("PLUG_DM", 59, 36, "right")
        s.wire(s.pin("J1", 5), (28, 44), (30, 44))
        self._supplied("GND", s.pin("J1", 4), (30, 44), (30, 46))
        s.power("GND", *s.pin("U5", 2))
        s.text("The shell is grounded: a stick has no case of its own to take the discharge.", 14, 52)

    def _supply(self) -> None:
        s = self.sheet
        s.block("3.3 V and brown-out", 12, 58, 100, 114)
        self._place("U3", 42, 78, ref=(-4, -5.6), value=(-4, -4.2))
        s.power("VBUS", 17, 72)
        self._lying("R14", 20, 76)
        s.wire((17, 72), s.pin("R14", 1))
        s.power("PWR_FLAG", *s.pin("R14", 1), 180)
        s.wire(s.pin("R14", 2), (24, 76), (30, 76), (34, 76), s.pin("U3", 1))
        s.label("VIN", 26, 76, "right")
        s.power("PWR_FLAG", 30, 76)
        s.wire(s.pin("U3", 3), (34, 78), (34, 76))
        self._drop("C1", 24, 76)
        s.power("GND", *s.pin("U3", 2))
        self._supplied("+3V3", s.pin("U3", 5), (58, 76), (66, 76), (66, 72))
        self._drop("C2", 58, 76)
        s.power("GND", 84, 78)
        s.power("PWR_FLAG", 84, 76)
        s.wire((84, 76), (84, 78))
        self._supervisor()

    def _supervisor(self) -> None:
        s = self.sheet
        self._place("U4", 54, 100, ref=(2, -7), value=(7, 4.6))
        s.wire((40, 92), (54, 92), s.pin("U4", 3))
        self._supplied("+3V3", (40, 92), (40, 90))
        self._drop("C3", 40, 92)
        s.power("GND", *s.pin("U4", 1))
        self._upright("R4", 74, 95)
        self._supplied("+3V3", s.pin("R4", 1), (74, 90))
        s.wire(s.pin("R4", 2), (74, 100))
        self._named("RUN", s.pin("U4", 2), (74, 100), (84, 100), side="right")
        s.text("R14 keeps VIN from overshooting when the stick is plugged in.", 24, 66)
        s.text("RP2040's own detector watches the 1.1 V core only. Below 2.93 V U4 resets it,", 14, 111.4)
        s.text("before the flash (2.7 V at least) can be written wrongly; back 200 ms after.", 14, 113.2)

    def _crystal(self) -> None:
        s = self.sheet
        s.block("12 MHz", 12, 118, 100, 152)
        self._place("Y1", 54, 134, ref=(-11, -5), value=(-11, -3.4))
        self._named("XIN", s.pin("Y1", 1), (46, 134), (32, 134))
        self._drop("C15", 46, 134)
        s.wire(s.pin("Y1", 3), (64, 134))
        self._drop("C16", 64, 134)
        self._lying("R3", 76, 134)
        s.wire((64, 134), s.pin("R3", 1))
        s.wire(s.pin("R3", 2), (86, 134))
        s.label("XTAL", 66, 134, "right")
        s.label("XOUT", 86, 134, "right")
        s.power("GND", *s.pin("Y1", 4))
        self._supplied("GND", s.pin("Y1", 2), (54, 126), (59, 126), (59, 128))
        s.text("Load 10 pF: 2 x 15 pF in series, and about 2.5 pF of board.", 14, 150.6)

    def _pads(self) -> None:
        s = self.sheet
        s.block("Test pads, on the back", 12, 156, 100, 214)
        rows = (("TP7", "VBUS"), ("TP1", "+3V3"), ("TP2", "GND"))
        for row, (ref, power) in enumerate(rows):
            y = 170 + 12 * row
            self._place(ref, 28, y, ref=(2.4, -2.6), value=(2.4, -0.9))
            s.wire((28, y), (28, y + 2), (22, y + 2))
            s.wire((22, y + 2), (22, y + (3 if power == "GND" else 0)))
            s.power(power, 22, y + (3 if power == "GND" else 0))
        for row, (ref, net) in enumerate(
            (("TP3", "SWCLK"), ("TP4", "SWDIO"), ("TP5", "RUN"), ("TP6", "BOOT"), ("TP8", "CLKOUT"))
        ):
            y = 166 + 9 * row
            self._place(ref, 62, y, ref=(2.4, -2.6), value=(2.4, -0.9))
            s.wire((62, y), (62, y + 2), (70, y + 2))
            s.label(net, 70, y + 2, "right")
        s.text("For bed-of-nails tests and debugging; BOOT is SW2's line.", 14, 212.6)

    def _controller(self) -> None:
        s = self.sheet
        s.block("Controller", 106, 12, 222, 150)
        self._place("U1", 164, 92, ref=(-17, -34.4), value=(6, 35.4))
        self._core_supply()
        self._supply_bank()
        for number, net in (
            *((26, "RUN"), (47, "USB_DP"), (46, "USB_DM"), (56, "QSPI_SS"), (53, "QSPI_SD0")),
            *((55, "QSPI_SD1"), (54, "QSPI_SD2"), (51, "QSPI_SD3"), (52, "QSPI_SCLK")),
            *((20, "XIN"), (21, "XOUT"), (24, "SWCLK"), (25, "SWDIO")),
        ):
            self._stub("U1", number, -10, net)
        right = {2: "SPI_MISO", 3: "SPI_CS", 4: "SPI_SCK", 5: "SPI_MOSI", 6: "SDA", 7: "SCL"}
        right |= {29: "LED_R", 30: "LED_G", 31: "LED_B", 35: "BUTTON"}
        for number, net in right.items():
            self._stub("U1", number, 10, net)
        self._supplied("GND", s.pin("U1", 19), (140, 122), (140, 124))
        s.power("GND", *s.pin("U1", 57))
        pins = (*range(2, 19), *range(27, 33), *range(34, 42))
        s.unused("U1", *(number for number in pins if number not in right and number != 10))
        s.text(
            "Pins as on the Tiny 2040: SDA GP4, SCL GP5, light GP18 to GP20 (low is on), button GP23.",
            108,
            148.6,
        )

    def _core_supply(self) -> None:
        """Draw the 1.1 V supply from the chip's regulator, and its capacitors."""
        s = self.sheet
        rail = 38
        s.wire(s.pin("U1", 45), (160, rail))
        s.wire(s.pin("U1", 23), (162, rail), (160, rail), (150, rail), (140, rail), (130, rail), (130, 34))
        s.power("+1V1", 130, 34)
        for ref, x in (("C11", 150), ("C12", 140), ("C13", 130)):
            self._drop(ref, x, rail)

    def _supply_bank(self) -> None:
        """Draw one capacitor at each of the chip's 3.3 V pins."""
        s = self.sheet
        rail = 22
        for number in (1, 48, 43, 44):
            s.wire(s.pin("U1", number), (s.pin("U1", number)[0], rail))
        xs = {"C5": 146, "C4": 156, "C10": 180, "C6": 189, "C7": 198, "C8": 207, "C9": 216}
        s.wire(*((x, rail) for x in sorted((*xs.values(), 166, 168, 170, 172, 175))))
        self._supplied("+3V3", (175, rail), (175, 18))
        for ref, x in xs.items():
            self._drop(ref, x, rail)

    def _notes(self) -> None:
        self.sheet.block("Notes", 106, 194, 222, 220)
        self.sheet.text(_NOTES, 109, 199, 1.5)


_NOTES = """\
1  Two layers, 1.6 mm. Tracks and gaps 0.15 mm or more, holes 0.3 mm or more, rings 0.15 mm.
2  The pins are those of firmware/lib/totpkey_protocol/boards.py for pimoroni_tiny2040;
   tests compare the two with this sheet and with the layout.
3  Parts and maker part numbers: parts.toml. All parts are on the front.
4  The button and BOOT are apart on purpose: whoever plugs the key in with the button down
   does not land in the boot loader.
5  Flash must be a W25Q64JV or one that answers alike: the image was built for it.
6  USB pair: 27 ohm in series, as RP2040 asks; on the front all the way. D- runs through below R1,
   since plug and RP2040 have the two lines in opposite order.
7  The cell can be changed while the key is plugged in without losing the time.
"""


def main() -> None:
    OUTPUT.write_text(Drawing(load()).sheet.file(), encoding="utf-8")


if __name__ == "__main__":
    main()
