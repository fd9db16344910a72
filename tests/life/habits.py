"""What is drawn once for a whole life: the key's parts, and how its owner and the others live with it.

All lives alike would meet the same things again and again. So in one life nothing is cut, and in another each
fifth event; one key has a hundred accounts, another has never seen a clock.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.cuts.kinds import BOARD
from totpkey_protocol.boards import BOARDS as BY_NAME
from totpkey_virtual.clock_chip import ClockChip
from totpkey_virtual.ds3231 import DS3231
from totpkey_virtual.pcf8523 import PCF8523
from totpkey_virtual.rv3028 import RV3028
from totpkey_virtual.rv3032 import RV3032

#: How much each clock chip may gain or lose, in ppm: as it comes, after docs/concepts/clock.md; and in lives,
#: from 0 to 40 °C.
CHIPS: dict[type[ClockChip], tuple[float, float]] = {
    DS3231: (7, 2),
    RV3032: (8.2, 3),
    RV3028: (22, 5),
    PCF8523: (40, 20),
}
_CLOCKS: list[type[ClockChip]] = [DS3231, *CHIPS]
#: Boards of different shapes: one plain LED, a NeoPixel, one with a switch for its power, keys and a display.
#: In a life only the first has an element.
BOARDS = (BOARD, "adafruit_qt2040_trinkey", "seeeduino_xiao_rp2040", "adafruit_macropad_rp2040")
#: Erase and program of flash, in s: typical, and slower.
_FLASH = (0.045, 0.0005), (0.045, 0.0005), (0.06, 0.0007), (0.08, 0.0007)
_ELEMENT = 0.3
#: What happens only to keys with such a part.
_OF_ELEMENTS, _OF_KEYS = ("no element", "the element goes away"), ("owner presses a key",)


@dataclass(frozen=True)
class Habits:
    """`weights`: how often each event happens, as a factor; `besides`: the same of what happens beside it."""

    board: str = BOARD
    clock: type[ClockChip] = DS3231
    element: bool = False
    flash: tuple[float, float] = _FLASH[0]
    #: The most accounts, and whether some type letters, under the layout that the key has then.
    accounts: int = 9
    letters: bool = False
    #: Whether accounts may leave the key.
    exports: bool = True
    #: How often an event is cut, and how often something happens beside it.
    cut: float = 0.05
    beside: float = 0.06
    #: How many codes a day, how many of them at one sitting, and how often the key stays in its socket.
    codes: float = 1.2
    sitting: float = 2.5
    stays: float = 0.1
    #: How many other events a week.
    others: float = 1.3
    weights: dict[str, float] = field(default_factory=dict[str, float])
    besides: dict[str, float] = field(default_factory=dict[str, float])


#: A key as most are, and an owner as most are.
USUAL = Habits()


def habits_of(seed: int, events: Iterable[str], besides: Iterable[str]) -> Habits:
    """Those of the life of `seed`."""
    dice = random.Random(f"{seed}/habits")
    element = dice.random() < _ELEMENT
    many = dice.choice((3, 9, 9, 9, 20, 100 if dice.random() < 0.3 else 12))
    board = BOARD if element else dice.choice((BOARD, *BOARDS))
    never = (() if element else _OF_ELEMENTS) + (() if BY_NAME[board].keys else _OF_KEYS)
    return Habits(
        board,
        dice.choice(_CLOCKS),
        element,
        dice.choice(_FLASH),
        many,
        dice.random() < 0.3,
        dice.random() < 0.85,
        dice.choice((0.0, 0.04, 0.04, 0.2)),
        dice.choice((0.0, 0.05, 0.05, 0.2)),
        dice.choice((0.5, 1.2, 1.2, 3.0)),
        dice.choice((1.5, 3.0, 5.0)),
        dice.choice((0.0, 0.05, 0.1, 0.5)),
        dice.choice((0.7, 1.3, 1.3, 3.0)),
        {name: _weight(dice) * (name not in never) for name in events},
        {name: _weight(dice) * (name not in never) for name in besides},
    )


def _weight(dice: random.Random) -> float:
    return dice.choice((0, 0.5, 1, 1, 1, 2, 4))
