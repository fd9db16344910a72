"""The light: what the key has to say, as colours and blinks that one plain LED can also show.

A colour blind eye or a plain LED tells the states apart by their rhythm (`docs/light.md`).
"""

from totpkey_protocol.words import ACCESS, CHANGE, EVERYTHING, USE

from ..ticks import passed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..platform import Lamp

_OFF = (0, 0, 0)


class Pattern:
    """A colour, and how it blinks: `blinks` times `on` ms with `off` ms between, then dark for `pause` ms.

    A `dash` is a longer flash before these, in ms. `lasts` is for how long it is shown before the state's own
    pattern comes back; 0 is until replaced.
    """

    def __init__(
        self,
        colour: "tuple[int, int, int]",
        on: int = 1,
        off: int = 0,
        blinks: int = 1,
        pause: int = 0,
        lasts: int = 0,
        dash: int = 0,
    ) -> None:
        self.colour = colour
        self.on = on
        self.off = off
        self.blinks = blinks
        self.lasts = lasts
        self.dash = dash
        self.cycle = blinks * (on + off) + pause
        if dash:
            self.cycle += dash + off

    def lit(self, at: int) -> bool:
        """Whether it is lit `at` ms after it began."""
        at %= self.cycle
        if self.dash:
            if at < self.dash:
                return True
            at -= self.dash + self.off
        beat = self.on + self.off
        return 0 <= at < self.blinks * beat and at % beat < self.on


# States: shown for as long as they hold.
READY = Pattern((0, 12, 0), 40, 0, 1, 3960)
BLANK = Pattern((0, 0, 40), 800, 800)
SETUP = Pattern((0, 0, 40))
CLOCK_LOST = Pattern((40, 0, 0), 150, 200, 2, 1200)
CLOCK_DUE = Pattern((40, 20, 0), 40, 260, 2, 3400)
CLOCK_MISSING = Pattern((40, 0, 0), 150, 200, 3, 1200)
WAITING = Pattern((50, 25, 0), 250, 250)
LOCKED = Pattern((30, 0, 40), 900, 300, 1, 1200)
BLOCKED = Pattern((40, 0, 0), 900, 300, 2, 1200)
#: The chosen account cannot be read.
DAMAGED = Pattern((40, 0, 0), 900, 300, 1, 1200)

#: A request waits for the button, by its class of consent. Their rhythms alone tell them apart.
ASKING = {
    USE: Pattern((50, 50, 50), 120, 120),
    CHANGE: Pattern((0, 45, 35), 120, 180, 2, 700),
    ACCESS: Pattern((60, 22, 0), 150, 250, pause=500, dash=800),
    EVERYTHING: Pattern((70, 0, 0), 1200, 400),
}

# Moments: shown for a while.
TYPED = Pattern((0, 60, 0), lasts=300)
REFUSED = Pattern((60, 0, 0), 60, 60, lasts=720)
#: A PIN is not tried yet: wait, or after three wrong ones plug the key in anew.
NOT_NOW = Pattern((50, 25, 0), 60, 60, lasts=720)
#: The touch was not the gesture of the request: nothing is done.
NOT_AGREED = Pattern((60, 0, 0), lasts=2000)
CANCELLED = Pattern((50, 25, 0), 60, 60, lasts=360)
# Entering a PIN or a gesture: each press is echoed, each digit confirmed. A try takes about a second.
COUNTED = Pattern((40, 40, 40), lasts=60)
DIGIT = Pattern((0, 0, 60), 250, 100, lasts=350)
TRYING = Pattern((40, 40, 40), lasts=3000)
OPENED = Pattern((0, 60, 0), 150, 100, lasts=750)
CRASHED = Pattern((60, 0, 0), 60, 60, 4, 700, lasts=8000)

# Accounts, by their place: a colour and as many blinks, both from the first again after the last.
ACCOUNTS = (
    (60, 25, 0),
    (0, 0, 60),
    (40, 0, 40),
    (0, 40, 30),
    (45, 35, 0),
    (60, 0, 20),
    (20, 50, 0),
    (40, 40, 40),
)
_ACCOUNT_ON, _ACCOUNT_OFF = 160, 160


def chosen(place: int) -> Pattern:
    """What tells that the account at that place, from 0, was chosen."""
    place %= len(ACCOUNTS)
    lasts = (place + 1) * (_ACCOUNT_ON + _ACCOUNT_OFF)
    return Pattern(ACCOUNTS[place], _ACCOUNT_ON, _ACCOUNT_OFF, place + 1, lasts=lasts)


class Light:
    """Shows the state's pattern, or for a while a moment's."""

    def __init__(self, lamp: "Lamp", now: int) -> None:
        self._lamp = lamp
        self._state = READY
        self._shown = READY
        self._since = now
        self._colour = _OFF
        lamp.show(0, 0, 0)

    def state(self, pattern: Pattern, now: int) -> None:
        """What to show when no moment is shown."""
        self._state = pattern
        if not self._shown.lasts:
            self._begin(pattern, now)

    def moment(self, pattern: Pattern, now: int) -> None:
        """Show `pattern` for as long as it lasts."""
        self._shown = pattern
        self._since = now
        self.turn(now)

    def showing(self, pattern: Pattern, at: int) -> int:
        """For how many ms `pattern` has been shown `at` ticks, with nothing else between."""
        return passed(self._since, at) if self._shown is pattern else 0

    def turn(self, now: int) -> None:
        # A moment may have begun later in this round than `now`, which is when the round began.
        if self._shown.lasts and passed(self._since, now) >= self._shown.lasts:
            self._begin(self._state, now)
        colour = self._shown.colour if self._shown.lit(passed(self._since, now)) else _OFF
        if colour != self._colour:
            self._colour = colour
            self._lamp.show(*colour)

    def _begin(self, pattern: Pattern, now: int) -> None:
        if self._shown is not pattern:
            self._shown = pattern
            self._since = now
