"""What a key is in both faces: its vault, its clock, its light and its keyboard, put together."""

from totpkey_protocol.errors import Refusal
from totpkey_protocol.journal import TRUSTED_TIME, TYPED
from totpkey_protocol.words import DEVICE, OPEN, TRUSTED

from . import restart_notes
from .clock.timekeeper import Timekeeper
from .heap import forget, load
from .keyboard.presses import Presses
from .keyboard.typist import Typist
from .panel import light
from .panel.light import Light
from .platform import Platform, restart
from .store.pool import open_pool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .clock.chips import Chip
    from .platform import Bus
    from .store.usage_log import UsageLog
    from .vault.keeper import Keeper

#: How often the floor of time follows the clock, in s: each time is a write to flash.
_DAY = 86400
_USAGE_LOG = "totpkey_firmware.store.usage_log"


def _clock_chip(bus: "Bus | None") -> "Chip | None":
    # Here, so that setup can forget it: what recognizes a chip is wanted once.
    from .clock import chips

    return chips.find(bus) if bus else None


def everyday_vault(platform: Platform, now: int) -> "Keeper":
    """The vault of the everyday face."""
    from .vault.keeper import Keeper

    return Keeper(open_pool(platform.feed), restart_notes, now, platform.element_wire)


class Key:
    """One key in its everyday face, from power-on to power-off."""

    def __init__(self, platform: Platform, make_vault: "Callable[[Platform, int], Keeper]") -> None:
        """`make_vault` gets the ticks of the start."""
        now = platform.ticks()
        self.platform = platform
        # First of all, so that the wait for the computer to be ready runs beside all that follows.
        self.typist = Typist(platform.keyboard, now)
        bus = platform.bus()
        self.vault = make_vault(platform, now)
        handed_over = restart_notes.take_key()
        if handed_over is not None:
            self.vault.resume(handed_over)
        self.timekeeper = Timekeeper(
            _clock_chip(bus), platform.ticks(), self.vault.settings.floor, self.vault.reckoning
        )
        self.light = Light(platform.lamp, platform.ticks)
        self.presses = Presses(self.typist, self.vault, self.timekeeper, self.light, platform.ticks)
        #: To be called when the vault has other accounts than before, or was opened or locked.
        self.accounts_changed = self.presses.accounts_changed
        #: Whether what counts codes stays loaded. Few of setup's commands need it.
        self.keeps_log = True
        self._usage_log: "UsageLog | None" = None
        if restart_notes.take_crash():
            self.light.moment(light.CRASHED)

    @property
    def state(self) -> str:
        """The protocol's state of the key."""
        return self.vault.state

    @property
    def typing(self) -> bool:
        """Whether a code is being typed: nothing else is to be done meanwhile but `turn_typing`."""
        return self.typist.busy

    def turn_typing(self, now: int) -> None:
        """Send the report that is due, and watch for the end."""
        typed = self.presses.turn_typing(now)
        if typed is not None:
            self.used(typed, now, TYPED)

    def turn(self, now: int) -> None:
        """Keep time, and the code ahead."""
        self.timekeeper.turn(now)
        self.presses.turn(now)

    def used(self, identifier: int, now: int, how: int) -> None:
        """A code was given: remember it, now that nobody waits for it any more. `how`: see the protocol."""
        time = self.timekeeper.time(now) if self.timekeeper.running else 0
        try:
            if self.timekeeper.state == TRUSTED:
                how |= TRUSTED_TIME
                if time >= self.vault.settings.floor + _DAY:
                    self.set_floor(time)
            self.usage_log.note(identifier, time, how)
        except Refusal:
            # Flash that cannot be written: the code was right all the same.
            pass

    @property
    def usage_log(self) -> "UsageLog":
        """How often each account was used; loaded with the first use."""
        log = self._usage_log
        if log is None:
            vault = self.vault
            log = load(_USAGE_LOG).UsageLog(self.platform.nvm, vault.pool, vault.keys, vault.journal)
            if self.keeps_log:
                self._usage_log = log
            else:
                forget((_USAGE_LOG,))
        return log

    def set_floor(self, time: int) -> None:
        """From now on a clock that tells an earlier time is not trusted."""
        self.vault.set_floor(time)
        self.timekeeper.floor = self.vault.settings.floor

    def come_back(self) -> None:
        """Drop off the bus and come up in the everyday face, as open as now."""
        if self.state == OPEN and not self.vault.has(DEVICE):
            restart_notes.keep_key(self.vault.hand_over())
        restart(restart_notes.EVERYDAY)

    def enter_setup(self) -> None:
        """Come up again as keyboard and serial port, locked if there is a lock."""
        restart(restart_notes.SETUP)
