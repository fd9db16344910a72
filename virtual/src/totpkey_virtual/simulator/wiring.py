"""What is soldered to the chip's pins: button, light, clock chip, pull-ups."""

from __future__ import annotations

from collections.abc import Callable

from totpkey_protocol.boards import Board
from totpkey_virtual.clock_chip import ClockChip
from totpkey_virtual.secure_element import SecureElement

Colour = tuple[int, int, int]
#: A display's rows of pixels, from the top.
Glass = tuple[tuple[bool, ...], ...]
DARK: Colour = (0, 0, 0)
FULL_DUTY = 0xFFFF
OPEN, GROUND, SUPPLY, OTHER = "open", "ground", "supply", "other"


class Wiring:
    """The board and the parts connected to it. It keeps its state while the key is unplugged."""

    def __init__(self, board: Board, clock: ClockChip, spi: tuple[str, ...] = ()) -> None:
        self.board = board
        #: Clock, out, in and chip select for a secure element, if the board has them free.
        self.spi = spi
        self.clock = clock
        #: The secure element on the SPI pins, if there is one.
        self.element: SecureElement | None = None
        #: Whether the clock chip answers, and whether its module, which carries the pull-ups, is present.
        self.clock_answers = True
        self.pull_ups = True
        #: Whether somebody has wired the clock's SCL to the board's SDA, and the other way round.
        self.exchanged = False
        #: Pins of the clock that are OPEN, or short to GROUND, SUPPLY or the OTHER.
        self.shorts: dict[str, str] = {}
        #: Further chips on the clock's wires, by address: what they answer to a read.
        self.others: dict[int, bytes] = {}
        #: Pins of the button and of the board's further keys that are held down.
        self._pressed: set[str] = set()
        #: Pins that went low since the chip was told to forget it.
        self.fallen: set[str] = set()
        #: How often a finger has come or gone.
        self.touches = 0
        #: Called before one comes or goes, by what scans the pins.
        self.before_touch: list[Callable[[], None]] = []
        self._neopixel = DARK
        #: All NeoPixels on the line. The first is the status light.
        self.pixels: tuple[Colour, ...] = ()
        #: Draws what the display shows: drawn only for somebody who looks.
        self.draw: Callable[[], Glass] = tuple
        #: Duty of each driven pin, from 0 to 65535.
        self._driven: dict[str, int] = {}

    @property
    def pins(self) -> set[str]:
        board = self.board
        power = {board.power} if board.power else set()
        return {board.button, *board.light, board.scl, board.sda, *board.keys, *self.spi} | power

    def drive(self, pin: str, duty: int) -> None:
        """Drive `pin` high for `duty` of 65535, as the chip does."""
        self._driven[pin] = duty
        self._select(pin, not duty)
        if pin == self.board.power and not duty:
            self._neopixel = DARK

    def release(self, pin: str) -> None:
        self._driven.pop(pin, None)
        self._select(pin, False)
        if pin == self.board.power:
            self._neopixel = DARK

    def _select(self, pin: str, selected: bool) -> None:
        """The element's chip select, which has a pull-up."""
        if self.element and pin == self.spi[-1]:
            self.element.select(selected)

    def touch(self, pin: str, pressed: bool) -> None:
        """Press the button or key at `pin`, or let it go."""
        for scan in self.before_touch:
            scan()
        self.touches += 1
        (self._pressed.add if pressed else self._pressed.discard)(pin)
        if pressed:
            self.fallen.add(pin)

    def level(self, pin: str, pulled_up: bool) -> bool:
        """What the chip reads. A pin that nothing drives follows its pull, the clock's its pull-ups."""
        short = self.shorts.get(pin, "")
        if pin not in (self.board.scl, self.board.sda) or short == OPEN:
            return pulled_up and pin not in self._pressed
        driven = set(self.shorts if short == OTHER else [pin])
        low = short == GROUND or any(self._driven.get(each) == 0 for each in driven)
        return short == SUPPLY or (not low and (self.pull_ups or pulled_up))

    @property
    def is_bus(self) -> bool:
        """Whether the clock's two lines are high by themselves, as CircuitPython asks of a bus."""
        return all(self.level(pin, False) for pin in (self.board.scl, self.board.sda))

    def show_pixel(self, pin: str, data: bytes) -> None:
        """Show the bytes sent on a NeoPixel line: green, red, blue. The pixels keep the last colour."""
        powered = not self.board.power or self._driven.get(self.board.power, 0) > 0
        if pin == "NEOPIXEL" and pin in self.board.light and powered and len(data) >= 3:
            self.pixels = tuple((data[at + 1], data[at], data[at + 2]) for at in range(0, len(data) - 2, 3))
            self._neopixel = self.pixels[0]

    def reset(self) -> None:
        """Make every pin an input, and turn the light off, as CircuitPython does to use it itself."""
        for pin in tuple(self._driven):
            self._select(pin, False)
        self._driven.clear()
        self.before_touch.clear()
        self._neopixel = DARK
        self.pixels, self.draw = (), tuple

    @property
    def glass(self) -> Glass:
        """Empty without a display or before its first refresh."""
        return self.draw()

    @property
    def light(self) -> Colour:
        """The visible colour. A single plain LED is on when high, the three of a Tiny 2040 when low."""
        pins = self.board.light
        if pins == ("NEOPIXEL",):
            return self._neopixel
        if len(pins) == 1:
            level = self._driven.get(pins[0], 0) * 255 // FULL_DUTY
            return (level, level, level)
        red, green, blue = ((FULL_DUTY - self._driven.get(pin, FULL_DUTY)) * 255 // FULL_DUTY for pin in pins)
        return (red, green, blue)
