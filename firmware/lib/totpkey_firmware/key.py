"""The key's parts, and what can be done with them: by a press (`loop`) or by a command (`commands`)."""

from totpkey_protocol.errors import OUT_OF_RANGE, Refusal
from totpkey_protocol.limits import COUNTER_MOST
from totpkey_protocol.words import BLOCKED, DEVICE, LOCKED, MISSING, OPEN, TRUSTED

from . import restart_notes
from .clock.timekeeper import Timekeeper
from .keyboard import press_policy, typist
from .keyboard.code_cache import CodeCache
from .keyboard.press_policy import PressPolicy
from .keyboard.typist import Typist
from .panel import light
from .panel.light import Light
from .platform import Platform, restart
from .store.pool import open_pool
from .ticks import since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .accounts import Account
    from .clock.chips import Chip
    from .panel.light import Pattern
    from .platform import Bus
    from .store.usage_log import UsageLog
    from .vault.keeper import Keeper

#: How often the floor of time follows the clock, in s: each time is a write to flash.
_DAY = 86400
#: No touch waits in the queue for longer: hardly a code takes so long. In ms.
_QUEUED = 1 << 15


def _clock_chip(bus: "Bus | None") -> "Chip | None":
    # Here, so that setup can forget it: what recognizes a chip is wanted once.
    from .clock import chips

    return chips.find(bus) if bus else None


class Key:
    """One key in its everyday face, from power-on to power-off."""

    def __init__(self, platform: Platform) -> None:
        now = platform.ticks()
        self.platform = platform
        # First of all, so that the wait for the computer to be ready runs beside all that follows.
        self._typist = Typist(platform.keyboard, now)
        bus = platform.bus()
        self._open_vault(now)
        self.timekeeper = Timekeeper(
            _clock_chip(bus), platform.ticks(), self.vault.floor, self.vault.reckoning
        )
        self.light = Light(platform.lamp, platform.ticks)
        # Beside a long computation no flash gets longer.
        self.code_cache = CodeCache(self._typist, self.light.turn)
        self._press_policy = PressPolicy()
        #: What the light shows while the key is ready, once that was asked for; and whether it says "due".
        self._ready: "Pattern | None" = None
        self._ready_due = False
        self._clock_changes = 0
        #: The account whose code is being typed, by its identifier; and the code's time step or counter.
        self._typed_account: "int | None" = None
        self._step = 0
        #: When the last code had been typed; None before the first.
        self._ended: "int | None" = None
        self._usage_log: "UsageLog | None" = None
        self.accounts_changed()
        if restart_notes.take_crash():
            self.light.moment(light.CRASHED)

    @property
    def state(self) -> str:
        """The protocol's state of the key."""
        return self.vault.state

    @property
    def typing(self) -> bool:
        """Whether a code is being typed: nothing else is to be done meanwhile but `turn_typing`."""
        return self._typist.busy

    @property
    def types_at_once(self) -> bool:
        """Whether the press edge is the order to type: with one account there is nothing to choose, so
        nothing to wait for. A code by counter waits for the release, so that holding for setup uses none up.
        """
        return self.state == OPEN and len(self.vault) == 1 and self.code_cache.timed

    def turn_typing(self, now: int) -> None:
        """Send the report that is due, and watch for the end."""
        self._typist.turn(now)
        if self._typist.outcome:
            self._end(self._typist.outcome, now)

    def _end(self, outcome: str, now: int) -> None:
        """A code was typed, refused, or stopped."""
        self._typist.outcome = typist.UNDER_WAY
        self._ended = now
        self.light.moment(light.TYPED if outcome == typist.TYPED else light.REFUSED)
        if outcome == typist.TYPED and self._typed_account is not None:
            self._press_policy.note(self._typed_account, self._step)
            self.used(self._typed_account, now)
        self._typed_account = None

    def used(self, identifier: int, now: int) -> None:
        """A code was given: remember it, now that nobody waits for it any more."""
        time = self.timekeeper.time(now) if self.timekeeper.running else 0
        try:
            if self.timekeeper.state == TRUSTED and time >= self.vault.floor + _DAY:
                self.set_floor(time)
            self.usage_log.note(identifier, time)
        except Refusal:
            # Flash that cannot be written: the code was right all the same.
            pass

    @property
    def usage_log(self) -> "UsageLog":
        """How often each account was used; loaded with the first use."""
        if self._usage_log is None:
            from .store.usage_log import UsageLog

            self._usage_log = UsageLog(self.platform.nvm, self.vault.pool)
        return self._usage_log

    def turn(self, now: int) -> None:
        """Keep time, and the code ahead."""
        self.turn_typing(now)
        if self.typing:
            return
        timekeeper = self.timekeeper
        timekeeper.turn(now)
        if timekeeper.changes != self._clock_changes:
            self._clock_changes = timekeeper.changes
            self.code_cache.forget()
        if self._can_tell():
            self.code_cache.turn(timekeeper, now)
        if self._press_policy.waiting:
            self._wait()

    def accounts_changed(self) -> None:
        """The vault has other accounts than before, or was opened or locked: see anew whose code is typed."""
        chosen: "Account | None" = None
        try:
            if len(self.vault):
                chosen = self.vault.account(self.vault.chosen)
        except Refusal:
            # Flash that has lost it. What is left, other accounts and setup, stays in use.
            pass
        self._press_policy.waiting = False
        self._ready = None
        self.code_cache.choose(chosen, self.vault.typing_settings)

    @property
    def chooses(self) -> bool:
        """Whether there are several accounts to choose from."""
        return self.state == OPEN and len(self.vault) > 1

    def choose_next(self) -> None:
        """Type the next account's codes from now on."""
        if self.choose((self.vault.chosen + 1) % len(self.vault)):
            self.tell_chosen()

    def tell_chosen(self) -> None:
        """Let the light say which account was chosen."""
        self.light.moment(light.chosen(self.vault.chosen))

    def choose(self, index: int) -> bool:
        """Type this account's codes from now on; False while a code is typed, or if flash takes it not."""
        if self.typing:
            return False
        if index != self.vault.chosen or self.code_cache.account is None:
            try:
                self.vault.choose(index)
            except Refusal:
                self.light.moment(light.REFUSED)
                return False
            self.accounts_changed()
        return True

    def type_code_of(self, index: int, at: int) -> None:
        """One of the further keys was pressed: choose its account and type its code."""
        if self._early(at) or self.choose(index):
            self.type_code(at)

    def type_code(self, at: int) -> None:
        """A press, made at `at`: type the chosen account's code, now or when the next one begins."""
        if self._early(at):
            # An impatient finger, whichever key it is on; so is what comes right after it.
            self._press_policy.pressed_at = at
            return
        account = self.code_cache.account
        if account is None or not self._can_tell() or self._outlasts(account):
            self.light.moment(light.REFUSED)
            return
        now = self.platform.ticks()
        if not self.code_cache.remaining(now):
            self.code_cache.turn(self.timekeeper, now)
            now = self.platform.ticks()
        meaning = self._press_policy.press(account.identifier, self.code_cache.step, self._lives(now), at)
        if meaning == press_policy.TYPE:
            self._begin(account)
        elif meaning == press_policy.CANCEL:
            self.light.moment(light.CANCELLED)

    def _early(self, at: int) -> bool:
        """Whether a touch was made before the last code had been typed."""
        return self.typing or (self._ended is not None and since(at, self._ended) < _QUEUED)

    def _begin(self, account: "Account") -> None:
        """Type the loaded code. The counter of HOTP is moved on first: no code can come twice."""
        step, ticks = self.code_cache.step, self.platform.ticks
        can = account.timed or (self._typist.can_type(ticks()) and self._counted(account))
        # The counter was written to flash meanwhile.
        if can and self._typist.type(ticks()):
            self._typed_account, self._step = account.identifier, step
        else:
            self.light.moment(light.REFUSED)
        if not account.timed:
            self.code_cache.forget()

    def _wait(self) -> None:
        """The next code is waited for: type it when it is there, or give up when it cannot be typed."""
        account = self.code_cache.account
        if account is None or not self._can_tell() or not self._typist.ready:
            self._press_policy.waiting = False
            self.light.moment(light.REFUSED)
            return
        lives = self._lives(self.platform.ticks())
        if self._press_policy.due(account.identifier, self.code_cache.step, lives):
            self._press_policy.waiting = False
            self._begin(account)

    def count(self, account: "Account") -> None:
        """Move the counter of HOTP on, for good. Raises Refusal (out_of_range, full, storage)."""
        if account.counter >= COUNTER_MOST:
            raise Refusal(OUT_OF_RANGE, "counter")
        account.counter += 1
        try:
            self.vault.replace(self.vault.index(account.identifier), account)
        except Refusal:
            account.counter -= 1
            raise

    def _counted(self, account: "Account") -> bool:
        try:
            self.count(account)
        except Refusal:
            return False
        return True

    def _can_tell(self) -> bool:
        """Whether the chosen account's code can be told now: without the time only one by counter."""
        return self.timekeeper.state == TRUSTED or not self.code_cache.timed

    def _lives(self, now: int) -> bool:
        """Whether the loaded code lives long enough to be typed and used."""
        account = self.code_cache.account
        if account is None or not account.timed:
            return True
        typing = self._typist.duration
        needed = typing + 1000 * self.vault.typing_settings.margin
        # The margin gives way before half of all presses have to wait; what is typed is never cut short.
        return self.code_cache.remaining(now) >= min(needed, max(typing, 500 * account.period))

    def _outlasts(self, account: "Account") -> bool:
        """Whether it takes so long to type that every code would end meanwhile."""
        return account.timed and self._typist.duration > 1000 * (account.period - 1)

    def set_floor(self, time: int) -> None:
        """From now on a clock that tells an earlier time is not trusted."""
        self.vault.set_floor(time)
        self.timekeeper.floor = self.vault.floor

    def come_back(self) -> None:
        """Drop off the bus and come up in the everyday face, as open as now."""
        if self.state == OPEN and not self.vault.has(DEVICE):
            restart_notes.keep_key(self.vault.hand_over())
        restart(restart_notes.EVERYDAY)

    def enter_setup(self) -> None:
        """Come up again as keyboard and serial port, locked if there is a lock."""
        restart(restart_notes.SETUP)

    def pattern(self) -> light.Pattern:
        """What the light shows in the everyday face while nothing happens."""
        if self.state == LOCKED:
            return light.LOCKED
        if self.state == BLOCKED:
            return light.BLOCKED
        if self._press_policy.waiting:
            return light.WAITING
        if self.code_cache.account is None:
            return light.DAMAGED if len(self.vault) else light.BLANK
        if not self._can_tell():
            return light.CLOCK_MISSING if self.timekeeper.state == MISSING else light.CLOCK_LOST
        return self._ready_pattern()

    def _ready_pattern(self) -> light.Pattern:
        due = self.timekeeper.due
        if self._ready is None or self._ready_due != due:
            # Which account is chosen is read from flash, so it is looked up once.
            self._ready_due = due
            self._ready = light.CLOCK_DUE if due else light.READY
            if self.chooses:
                self._ready = light.ready(self.vault.chosen, due)
        return self._ready

    def _open_vault(self, now: int) -> None:
        """The vault as this start finds it: open if it has no lock, or if the start before handed it over."""
        self.vault = self._make_vault(now)
        handed_over = restart_notes.take_key()
        if handed_over is not None:
            self.vault.resume(handed_over)

    def _make_vault(self, now: int) -> "Keeper":
        from .vault.keeper import Keeper

        return Keeper(open_pool(), restart_notes, now, self.platform.element_wire)
