"""What happens beside an event: a finger on the button, the cable, the computer, a chip, another program.

Such an event may fail, as one that is cut. But no wrong character may come of it, the key must hold what it
held before or what it was asked for, and it must answer again after its next start.
"""

from __future__ import annotations

import contextlib
import itertools
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from totpkey_virtual.flash import Moment, PowerCut, Torn
from totpkey_virtual.key import Report

if TYPE_CHECKING:
    from tests.life.world import World

#: At which of an event's flash operations it is cut at most, its reports or operations beside which something
#: happens at most, and the latest such moment after its beginning or after a touch was asked for, in s.
OPERATIONS, _COUNT, _MOMENT = 60, 24, 9.0
#: How long such a thing lasts, in s. A finger touches for a short time.
_LASTS = 0.002, 0.02, 0.05, 0.3, 0.5, 3.0
_TOUCH = 0.08
#: What cannot happen yet, such as another program at a closed port, is tried again after so long, in s.
_AGAIN = 0.4
#: A computer that was away for longer is another one, so no code goes on there; in s.
GONE = 0.4
#: What another program may write: noise, a question, a session of its own, half a record.
_SPOKEN = (
    b"\xff" * 90,
    b'\n{"id":7,"command":"hello"}\n',
    b'\n{"id":8,"command":"session","key":"%s"}\n' % (b"5a" * 32),
    b'\n{"id":9,"comm',
)
MOMENT, REPORT, WRITE, TOUCH = "at a moment", "at a report", "at a write", "at a gesture"


@dataclass(frozen=True)
class Beside:
    """What happens, when, and how long it lasts. `at`: the moment in s, or the number of the report or write.

    `later`: how long after that, in s.
    """

    what: str
    when: str
    at: float
    later: float
    lasts: float

    def arm(self, world: World) -> None:
        """Let it happen, counted from now. The key has power."""
        if self.when == MOMENT:
            world.key.after(self.at, lambda: self.begin(world))
        elif self.when == REPORT:
            self._at_report(world)
        elif self.when == WRITE:
            count = self._count(world)
            world.key.watch_flash(lambda *_: count())

    def touched(self, world: World) -> None:
        """A touch is asked for."""
        if self.when == TOUCH:
            world.key.after(self.at / 2, lambda: self.begin(world))

    def _at_report(self, world: World) -> None:
        usb, count = world.key.usb, self._count(world)
        take = world.hooked = usb.on_report

        def taken(report: Report) -> None:
            take(report)
            count()

        usb.on_report = taken

    def _count(self, world: World) -> Callable[[], None]:
        """What counts reports or operations, and lets it happen soon after the right one."""
        left = itertools.count(self.at, -1)

        def count() -> None:
            if next(left) == 0:
                world.key.after(self.later, lambda: self.begin(world))

        return count

    def begin(self, world: World) -> None:
        """It happens, once in an event."""
        if world.beside is not self or world.shaken or not world.key.plugged:
            return
        begin, end = ACTS[self.what]
        if begin(world, self) is False:
            world.key.after(_AGAIN, lambda: self.begin(world))
        else:
            world.shaken = self.what
            world.undo = lambda: end(world, self)
            world.key.after(_TOUCH if self.what == FINGER else self.lasts, world.put_right)


def drawn(dice: random.Random, weights: Mapping[str, float], types: bool) -> Beside | None:
    """Something, drawn; None in a life in which nothing of the kind happens. `types`: the event asks for no
    gesture, and most of it is a code.
    """
    shares = [weights.get(name, 1) for name in ACTS]
    if not any(shares):
        return None
    (what,) = dice.choices(list(ACTS), shares)
    when = dice.choice((MOMENT, REPORT, WRITE, REPORT) if types else (MOMENT, WRITE, TOUCH, TOUCH))
    first = min(dice.randrange(_COUNT), dice.randrange(_COUNT)) if when == WRITE else dice.randrange(_COUNT)
    at = dice.uniform(0, _MOMENT) if when in (MOMENT, TOUCH) else float(first)
    return Beside(what, when, at, dice.uniform(0, 0.05), dice.choice(_LASTS))


def cut(dice: random.Random, most: int = OPERATIONS, least: int = 0) -> PowerCut:
    """The power fails at a flash operation, more often at one of the first."""
    operation = least + min(dice.randrange(most - least), dice.randrange(most - least))
    moment = dice.choice((Moment.BEFORE, Moment.DURING, Moment.DURING, Moment.DURING))
    return PowerCut(operation, moment, dice.choice(list(Torn)), dice.randrange(1 << 30))


#: Begins or ends something. False: it could not happen.
Act = Callable[["World", Beside], object]


def _comes_back(world: World, beside: Beside, back: Callable[[], None]) -> None:
    world.note_return(beside.lasts >= GONE)
    back()


def _clock_changes(world: World, answers: bool) -> bool:
    there = not world.expected.clock.absent
    world.key.wiring.clock_answers = answers and there
    return there


def _stays(_world: World, _beside: Beside) -> None:
    pass


def _element_changes(world: World, _beside: Beside) -> bool:
    if world.key.element:
        world.key.element.connected = not world.key.element.connected
    return world.key.element is not None


def _speaks(world: World, beside: Beside) -> bool:
    with contextlib.suppress(OSError):
        world.key.write_serial(_SPOKEN[int(beside.lasts * 1000) % len(_SPOKEN)])
        return True
    return False


FINGER = "a finger"
ACTS: dict[str, tuple[Act, Act]] = {
    FINGER: (lambda world, _: world.key.set_button(True), lambda world, _: world.key.set_button(False)),
    "a reset": (
        lambda world, beside: world.key.reset_port(max(0.01, beside.lasts)),
        lambda world, _: world.note_return(late=True),
    ),
    "a sleep": (
        lambda world, _: world.key.suspend(),
        lambda world, beside: _comes_back(world, beside, world.key.resume),
    ),
    "a hang": (
        lambda world, _: world.key.set_polling(False),
        lambda world, beside: _comes_back(world, beside, lambda: world.key.set_polling(True)),
    ),
    "no clock": (
        lambda world, _: _clock_changes(world, answers=False),
        lambda world, _: _clock_changes(world, answers=True),
    ),
    "no element": (_element_changes, _element_changes),
    "a program": (_speaks, _stays),
    "no cable": (lambda world, _: world.key._flash.lose_power(), _stays),
}
