"""The key's parts, and what can be done with them: by a press (`loop`) or by a command (`commands`)."""

from totpkey_protocol.words import BLOCKED, LOCKED, LOST, TRUSTED

from . import memory
from .ahead import Ahead
from .clock.ds3231 import DS3231
from .clock.timekeeper import Timekeeper
from .panel import light
from .panel.light import Light
from .platform import Platform, restart
from .typist import Typist
from .vault.pages import open_pool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .accounts import Account
    from .vault.keeper import Keeper

#: How often the floor of time follows the clock, in s: each time is a write to flash.
_DAY = 86400


class Key:
    """One key in its everyday face, from power-on to power-off."""

    def __init__(self, platform: Platform) -> None:
        now = platform.ticks()
        self.platform = platform
        # First of all, so that the wait for the computer to be ready runs beside all that follows.
        self._typist = Typist(platform.keyboard)
        self._typist.turn(now)
        bus = platform.bus()
        self._open_vault(now)
        self.timekeeper = Timekeeper(DS3231(bus) if bus else None, now, self.vault.floor)
        self.light = Light(platform.lamp)
        self._ahead = Ahead(self._typist)
        self._clock_changes = 0
        self.accounts_changed()
        if memory.take_crash():
            self.light.moment(light.CRASHED, now)

    @property
    def state(self) -> str:
        """The protocol's state of the key."""
        return self.vault.state

    def turn(self, now: int) -> None:
        """Keep time, and the code ahead."""
        self._typist.turn(now)
        timekeeper = self.timekeeper
        timekeeper.turn(now)
        if timekeeper.changes != self._clock_changes:
            self._clock_changes = timekeeper.changes
            self._ahead.forget()
        if timekeeper.state == TRUSTED:
            self._ahead.turn(timekeeper, now)

    def accounts_changed(self) -> None:
        """The vault has other accounts than before, or was opened or locked: see anew whose code is typed."""
        chosen: "Account | None" = None
        if len(self.vault):
            chosen = self.vault.account(self.vault.chosen)
        self._ahead.choose(chosen)

    def choose_next(self, now: int) -> None:
        """Type the next account's codes from now on."""
        self.vault.choose((self.vault.chosen + 1) % len(self.vault))
        self.accounts_changed()
        self.light.moment(light.CHOSEN, now)

    def type_code(self, now: int) -> None:
        """Type the chosen account's code; the light tells whether that could be done."""
        typed = False
        if self.timekeeper.state == TRUSTED and self._ahead.chosen:
            if not self._ahead.fresh(now):
                self._ahead.turn(self.timekeeper, now)
            typed = self._typist.type(now)
        self.light.moment(light.TYPED if typed else light.REFUSED, now)
        if typed and self.timekeeper.time(now) >= self.vault.floor + _DAY:
            self.set_floor(self.timekeeper.time(now))

    def set_floor(self, time: int) -> None:
        """From now on a clock that tells an earlier time is not trusted."""
        self.vault.set_floor(time)
        self.timekeeper.floor = time

    def enter_setup(self) -> None:
        """Come up again as keyboard and serial port, locked if there is a lock."""
        restart(memory.SETUP)

    def pattern(self) -> light.Pattern:
        """What the light shows in the everyday face while nothing happens."""
        if self.state == LOCKED:
            return light.LOCKED
        if self.state == BLOCKED:
            return light.BLOCKED
        if not self._ahead.chosen:
            return light.BLANK
        if self.timekeeper.state != TRUSTED:
            return light.CLOCK_LOST if self.timekeeper.state == LOST else light.CLOCK_MISSING
        return light.READY

    def _open_vault(self, now: int) -> None:
        """The vault as this start finds it: open if it has no lock, or if the start before handed it over."""
        self.vault = self._make_vault(now)
        handed_over = memory.take_key()
        if handed_over is not None:
            self.vault.resume(handed_over)

    def _make_vault(self, now: int) -> "Keeper":
        from .vault.keeper import Keeper

        return Keeper(open_pool(), memory, now)
