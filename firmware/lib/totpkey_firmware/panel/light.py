"""The light: what the key has to say, in rhythms that one plain LED can also show.

The colour is a second sign. A colour blind eye or a plain LED tells everything apart by its rhythm. Three
kinds of flash have a meaning of their own (`docs/light.md`): quick ones, a flicker, are about trouble; short
and long ones count, and are an account's number; what is lit for a second or longer is no part of a number.
"""

from totpkey_protocol.words import ACCESS, CHANGE, EVERYTHING, USE

from ..ticks import passed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..platform import Lamp

_OFF = (0, 0, 0)


class Pattern:
    """A colour, and for how many ms it is lit, dark, lit, and so on, over and over. Without any it is steady.

    `times` is how often a moment shows that. A state shows it until another comes, and has 0. `lead` is how
    long it is dark before, in ms, so that nobody counts with it what was shown until then.
    """

    def __init__(self, colour: "tuple[int, ...]", *steps: int, times: int = 0, lead: int = 0) -> None:
        self.colour = colour
        self.steps = steps
        self.times = times
        self.lead = lead


def _flashes(count: int, on: int, off: int, pause: int = 0) -> "tuple[int, ...]":
    """So many flashes of `on` ms with `off` ms of dark after each, and `pause` ms more after the last."""
    return (on, off) * (count - 1) + (on, off + pause)


def _flicker(count: int = 4) -> "tuple[int, ...]":
    """Quick flashes, apart from what comes after them."""
    return _flashes(count, 60, 60, 540)


# States: shown for as long as they hold.
READY = Pattern((0, 12, 0), 40, 3960)
#: A finger chooses an account: dark, so that the number that comes next is counted alone.
DARK = Pattern(_OFF)
BLANK = Pattern((0, 0, 40), 800, 800)
SETUP = Pattern((0, 0, 40))
CLOCK_LOST = Pattern((40, 0, 0), *_flicker(), *_flashes(2, 150, 220, 1200))
CLOCK_DUE = Pattern((40, 20, 0), *_flashes(4, 60, 60, 3520))
CLOCK_MISSING = Pattern((40, 0, 0), *_flicker(), *_flashes(3, 150, 220, 1200))
WAITING = Pattern((50, 25, 0), 250, 250)
LOCKED = Pattern((30, 0, 40), 900, 1500)
BLOCKED = Pattern((40, 0, 0), *_flashes(2, 900, 300, 1200))
#: The chosen account cannot be read.
DAMAGED = Pattern((40, 0, 0), *_flicker(), *_flashes(1, 150, 220, 1200))

#: A request waits for the button, by its class of consent. Their rhythms alone tell them apart.
ASKING = {
    USE: Pattern((50, 50, 50), 120, 120),
    CHANGE: Pattern((0, 45, 35), *_flashes(2, 120, 180, 700)),
    ACCESS: Pattern((60, 22, 0), 800, 250, 150, 750),
    EVERYTHING: Pattern((70, 0, 0), 1200, 400),
}

# Moments: shown so many times.
TYPED = Pattern((0, 60, 0), 1200, times=1)
REFUSED = Pattern((60, 0, 0), 60, 60, times=6)
#: A PIN is not tried yet: wait, or after three wrong ones plug the key in anew.
NOT_NOW = Pattern((50, 25, 0), 60, 60, times=6, lead=300)
#: The touch was not the gesture of the request: nothing is done. Dark before and after, since one plain LED
#: shows setup just as steadily.
NOT_AGREED = Pattern((60, 0, 0), 2000, 300, times=1, lead=300)
CANCELLED = Pattern((50, 25, 0), 60, 60, times=3)
# Entering a PIN or a gesture: each press is echoed, each digit confirmed. A try takes about a second. What
# comes of it is apart from the try's own light: one plain LED is lit in all three.
COUNTED = Pattern((40, 40, 40), 60, times=1)
DIGIT = Pattern((0, 0, 60), 250, 100, times=1)
#: The touch was the gesture.
AGREED = Pattern((0, 60, 0), 300, times=1)
TRYING = Pattern((40, 40, 40), 3000, times=1)
OPENED = Pattern((0, 60, 0), 150, 100, times=3, lead=300)
WRONG = Pattern((60, 0, 0), 60, 60, times=6, lead=300)
CRASHED = Pattern((60, 0, 0), *_flashes(4, 60, 60, 700), times=7)

# Accounts: a number, and a colour by their place, from the first again after the last. For people both are in
# `totpkey_protocol/lights`.
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
#: A flash that counts one, a flash that counts five, the dark after each, and that between two digits.
_ONE, _FIVE, _DARK, _BETWEEN = 150, 600, 220, 900
#: The dark before a number that is told again and again, and after it.
_BEFORE, _AFTER = 800, 2600
#: How much dimmer it is then.
_DIM = 4


def chosen(place: int) -> Pattern:
    """What tells that the account at that place, from 0, was chosen."""
    return Pattern(_colour(place), *_number(place, 1500), times=1, lead=300)


def ready(place: int, due: bool) -> Pattern:
    """What tells the chosen one of several accounts, and by a flicker after it that the clock is `due`."""
    colour = tuple([part // _DIM for part in _colour(place)])
    if due:
        return Pattern(colour, *_number(place, _BETWEEN), *_flashes(4, 60, 60, _AFTER), lead=_BEFORE)
    return Pattern(colour, *_number(place, _AFTER), lead=_BEFORE)


def _colour(place: int) -> "tuple[int, ...]":
    return ACCOUNTS[place % len(ACCOUNTS)]


def _number(place: int, after: int) -> "list[int]":
    """The steps of an account's number, with so many ms of dark after it."""
    steps: "list[int]" = []
    scale = 1
    while place + 1 >= 10 * scale:
        scale *= 10
    while scale:
        # A nought is told as ten.
        digit = (place + 1) // scale % 10 or 10
        scale //= 10
        steps += [_FIVE, _DARK] * (digit // 5) + [_ONE, _DARK] * (digit % 5)
        steps[-1] = _BETWEEN
    steps[-1] = after
    return steps


class Light:
    """Shows the state's pattern, or for a while a moment's.

    It reads the time itself, since who has something to say may have been busy for a second before. A pattern
    begins when it is shown, and no flash of it is left out: one that nobody looks after lasts longer.
    """

    def __init__(self, lamp: "Lamp", ticks: "Callable[[], int]") -> None:
        self._lamp = lamp
        self._ticks = ticks
        self._state = DARK
        self._colour: "tuple[int, ...]" = _OFF
        #: How often the pattern was shown, and where in it the light is; -1 before it.
        self._times = self._step = 0
        lamp.show(0, 0, 0)
        self._begin(DARK)

    def state(self, pattern: Pattern) -> None:
        """What to show when no moment is shown."""
        self._state = pattern
        if not self._shown.times and self._shown is not pattern:
            self._begin(pattern)

    def moment(self, pattern: Pattern) -> None:
        """Show `pattern` now, and then the state again."""
        self._begin(pattern)

    def end(self) -> None:
        """End a moment: a finger that chooses is not to see what came of the touch before."""
        self._begin(DARK)

    def showing(self, pattern: Pattern, at: int) -> int:
        """For how many ms `pattern` has been shown `at` ticks, with nothing else between."""
        return passed(self._since, at) if self._shown is pattern else 0

    @property
    def pauses(self) -> bool:
        """Whether work of a second would now make no flash longer, and take no number apart."""
        return self._step == len(self._shown.steps) - 1 or not self._shown.steps

    def turn(self) -> None:
        """Go on to the next step when it is due."""
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
        # Steps are lit and dark by turns.
        colour = _OFF if self._step & 1 else self._shown.colour
        if colour != self._colour:
            self._colour = colour
            self._lamp.show(*colour)
