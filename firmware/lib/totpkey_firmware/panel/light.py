"""The light: the key's messages, in rhythms that one plain LED can also show.

The rhythm alone carries the message, for colour-blind people and for a plain LED. The colour repeats it.
Three kinds of flash have a meaning of their own (`docs/guide/light.md`). Quick ones, a flicker, mean trouble.
Short and long ones count, and give an account's number. A light of a second or longer is no part of a number.
"""

from totpkey_protocol.words import ACCESS, CHANGE, EVERYTHING, USE

from ..ticks import passed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..platform import Lamp

_OFF = (0, 0, 0)


class Pattern:
    """A colour, and for how many ms it is lit, dark, lit, and so on, repeatedly. Without steps it is steady.

    `times` is how often a moment shows the steps. A state shows them until the next state, and has 0. `lead`
    is how long the light is dark before, in ms, so that nobody counts earlier flashes as part of it.
    """

    def __init__(self, colour: "tuple[int, ...]", *steps: int, times: int = 0, lead: int = 0) -> None:
        self.colour = colour
        self.steps = steps
        self.times = times
        self.lead = lead


def _flashes(count: int, on: int, off: int, pause: int = 0) -> "tuple[int, ...]":
    """`count` flashes of `on` ms, with `off` ms of dark after each, and `pause` ms more after the last."""
    return (on, off) * (count - 1) + (on, off + pause)


def _flicker(count: int = 4) -> "tuple[int, ...]":
    """Quick flashes, and a pause that separates them from the next ones."""
    return _flashes(count, 60, 60, 540)


def _flickers(count: int, after: int) -> "tuple[int, ...]":
    """`count` flickers, and `after` ms of dark after the last."""
    return _flicker() * (count - 1) + _flashes(4, 60, 60, after)


# States: shown while they last.
READY = Pattern((0, 12, 0), 40, 3960)
#: The button is held to choose an account: dark, so that people count only the number that follows.
DARK = Pattern(_OFF)
BLANK = Pattern((0, 0, 40), 800, 800)
SETUP = Pattern((0, 0, 40))
CLOCK_LOST = Pattern((40, 0, 0), *_flicker(), *_flashes(2, 150, 220, 1200))
CLOCK_MISSING = Pattern((40, 0, 0), *_flicker(), *_flashes(3, 150, 220, 1200))
WAITING = Pattern((50, 25, 0), 250, 250)
LOCKED = Pattern((30, 0, 40), 900, 1500)
BLOCKED = Pattern((40, 0, 0), *_flashes(2, 900, 300, 1200))
#: The chosen account cannot be read.
DAMAGED = Pattern((40, 0, 0), *_flicker(), *_flashes(1, 150, 220, 1200))

#: The chosen account has come to its end.
END_REACHED = Pattern((40, 0, 0), *_flicker(), *_flashes(4, 150, 220, 1200))

#: A request waits for the button, by its class of consent. The rhythms alone distinguish them.
ASKING = {
    USE: Pattern((50, 50, 50), 120, 120),
    CHANGE: Pattern((0, 45, 35), *_flashes(2, 120, 180, 700)),
    ACCESS: Pattern((60, 22, 0), 800, 250, 150, 750),
    EVERYTHING: Pattern((70, 0, 0), 1200, 400),
}

# Moments: shown a number of times.
TYPED = Pattern((0, 60, 0), 1200, times=1)
REFUSED = Pattern((60, 0, 0), 60, 60, times=6)
#: A PIN is not tried yet: wait, or after three wrong ones unplug the key and plug it in again.
NOT_NOW = Pattern((50, 25, 0), 60, 60, times=6, lead=300)
#: The touch was not the gesture of the request, so nothing is done. Dark before and after, because a plain
#: LED also shows setup as a steady light.
NOT_AGREED = Pattern((60, 0, 0), 2000, 300, times=1, lead=300)
CANCELLED = Pattern((50, 25, 0), 60, 60, times=3)
# Entering a PIN or a gesture: each press is echoed, each digit confirmed. A try takes about a second. Dark
# separates its own light from its result, because a plain LED is lit in all three.
COUNTED = Pattern((40, 40, 40), 60, times=1)
DIGIT = Pattern((0, 0, 60), 250, 100, times=1)
#: The gesture was right.
AGREED = Pattern((0, 60, 0), 300, times=1)
TRYING = Pattern((40, 40, 40), 3000, times=1)
OPENED = Pattern((0, 60, 0), 150, 100, times=3, lead=300)
WRONG = Pattern((60, 0, 0), 60, 60, times=6, lead=300)
CRASHED = Pattern((60, 0, 0), *_flashes(4, 60, 60, 700), times=7)

# Accounts: a number, and a colour by their place. After the last colour comes the first again. Both are in
# `totpkey_protocol/lights` for people to read.
ACCOUNTS = (
    (60, 25, 0),
    (40, 0, 40),
    (0, 40, 30),
    (0, 0, 60),
    (20, 50, 0),
    (60, 0, 20),
    (45, 35, 0),
    (40, 40, 40),
)
#: A flash for one, a flash for five, the dark after each flash, and the dark between two digits.
_ONE, _FIVE, _DARK, _BETWEEN = 150, 600, 220, 900
#: The dark before and after a number that is repeated.
_BEFORE, _AFTER = 800, 2600
#: How much dimmer a repeated number is.
_DIM = 4


def chosen(place: int) -> Pattern:
    """The moment for choosing the account at that place, from 0."""
    return Pattern(_colour(place), *_number(place, 1500), times=1, lead=300)


# Ready and typed, by how doubtful the time is: the more flickers, the more. Most keys never show them.


def ready(doubt: int) -> Pattern:
    """The state of a key with one account."""
    return Pattern((40, 20, 0), *_flickers(doubt, 3520)) if doubt else READY


def typed(doubt: int) -> Pattern:
    """The moment after a code was typed."""
    return Pattern((50, 25, 0), 1200, 300, *_flickers(doubt, 2500), times=1) if doubt else TYPED


def ready_at(place: int, doubt: int) -> Pattern:
    """The state that shows which of several accounts is chosen. Flickers follow if the time is doubtful."""
    colour = tuple([part // _DIM for part in _colour(place)])
    if doubt:
        return Pattern(colour, *_number(place, _BETWEEN), *_flickers(doubt, _AFTER), lead=_BEFORE)
    return Pattern(colour, *_number(place, _AFTER), lead=_BEFORE)


def _colour(place: int) -> "tuple[int, ...]":
    return ACCOUNTS[place % len(ACCOUNTS)]


def _number(place: int, after: int) -> "list[int]":
    """The steps of an account's number, with `after` ms of dark after it."""
    steps: "list[int]" = []
    scale = 1
    while place + 1 >= 10 * scale:
        scale *= 10
    while scale:
        # A zero is shown as ten.
        digit = (place + 1) // scale % 10 or 10
        scale //= 10
        steps += [_FIVE, _DARK] * (digit // 5) + [_ONE, _DARK] * (digit % 5)
        steps[-1] = _BETWEEN
    steps[-1] = after
    return steps


class Light:
    """Shows the state's pattern, or for a while a moment's.

    It reads the time itself, because its callers may have been busy for a second. A pattern begins when it is
    first shown, and no flash is left out. If `turn` is called late, a flash lasts longer.
    """

    def __init__(self, lamp: "Lamp", ticks: "Callable[[], int]") -> None:
        self._lamp = lamp
        self._ticks = ticks
        self._state = DARK
        self._colour: "tuple[int, ...]" = _OFF
        #: How often the pattern was shown, and its present step; -1 during the lead.
        self._times = self._step = 0
        lamp.show(0, 0, 0)
        self._begin(DARK)

    def state(self, pattern: Pattern) -> None:
        """Set the pattern to show while there is no moment."""
        self._state = pattern
        if not self._shown.times and self._shown is not pattern:
            self._begin(pattern)

    def moment(self, pattern: Pattern) -> None:
        """Show `pattern` now, and after it the state again."""
        self._begin(pattern)

    def end(self) -> None:
        """End a moment: while a person chooses, the light must not show the result of an earlier touch."""
        self._begin(DARK)

    def showing(self, pattern: Pattern, at: int) -> int:
        """For how many ms `pattern` has been shown without interruption, `at` ticks."""
        return passed(self._since, at) if self._shown is pattern else 0

    @property
    def pauses(self) -> bool:
        """Whether a second of work would now neither lengthen a flash nor break up a number."""
        return self._step == len(self._shown.steps) - 1 or not self._shown.steps

    def turn(self) -> None:
        """Show the next step when it is due."""
        pattern = self._shown
        lasts = pattern.lead if self._step < 0 else pattern.steps[self._step] if pattern.steps else 0
        now = self._ticks()
        if lasts and passed(self._stepped, now) >= lasts:
            self._next(now)
        self._show()

    def _next(self, now: int) -> None:
        self._stepped = now
        self._step += 1
        if self._step == len(self._shown.steps):
            self._step = 0
            self._times += 1
            if self._times == self._shown.times:
                self._begin(self._state)

    def _begin(self, pattern: Pattern) -> None:
        self._shown = pattern
        self._times = 0
        self._step = -1 if pattern.lead else 0
        self._show()
        self._since = self._stepped = self._ticks()

    def _show(self) -> None:
        # Steps are lit and dark alternately.
        colour = _OFF if self._step & 1 else self._shown.colour
        if colour != self._colour:
            self._colour = colour
            self._lamp.show(*colour)
