"""Presses: whether a press types its code now, waits for the next one, or types nothing.

A site accepts each code once (RFC 6238 section 5.2), so a press does not type a code twice, but waits for the
next. A double press types the same code again, for example after typing into the wrong window. A code that is
about to expire is not typed either. Touches while a code is typed are ignored.

Only this module decides that. `code_cache` knows the code and how long it lives, `typist` whether a computer
takes it.
"""

from totpkey_protocol.errors import Refusal
from totpkey_protocol.words import BLOCKED, MISSING, TRUSTED

from ..panel import light
from ..panel.gestures import HOLD
from ..ticks import passed, since
from . import typist
from .code_cache import CodeCache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..accounts import Account
    from ..clock.timekeeper import Timekeeper
    from ..panel.light import Light, Pattern
    from ..vault.keeper import Keeper
    from .typist import Typist

#: Two presses within this time are a double press. In ms, as below.
DOUBLE = 500
#: A press for which the key had no time for so long types nothing: the person may be elsewhere by now. Where
#: its release is the order, it may have begun earlier.
_LATE = 500
#: No touch waits in the queue for longer, because hardly any code takes so long to type.
_QUEUED = 1 << 15
#: For how many accounts the last typed code is remembered.
_REMEMBERED = 64


class Presses:
    """The presses of one open key. `at`: the ticks of a press, `now`: the present ones."""

    def __init__(
        self,
        keyboard: "Typist",
        vault: "Keeper",
        timekeeper: "Timekeeper",
        lamp: "Light",
        ticks: "Callable[[], int]",
    ) -> None:
        self._typist = keyboard
        self._vault = vault
        self._timekeeper = timekeeper
        self._light = lamp
        self._ticks = ticks
        #: Whether the next code is made before a press needs it. Setup's heap has no room for that.
        self.ahead = True
        # The light keeps its rhythm during a long computation.
        self.codes = CodeCache(keyboard, lamp.turn)
        #: Whether the next code is typed when it begins.
        self.waiting = False
        # The time step of the last typed code, by account.
        self._typed: "dict[int, int]" = {}
        # The account and the time of the last press, and whether it only began or ended waiting.
        self._account = -1
        self._pressed_at = 0
        self._held_back = False
        # The account whose code is being typed, by its identifier; and the code's time step or counter.
        self._typing: "int | None" = None
        self._step = 0
        # When the last code had been typed; None before the first.
        self._ended: "int | None" = None
        self._clock_changes = self._accounts = 0
        # What the light shows while the key is ready, if that was looked up, and for which doubt.
        self._ready: "Pattern | None" = None
        self._ready_doubt = 0
        self.accounts_changed()

    # The account

    def accounts_changed(self) -> None:
        """The vault has other accounts than before, or was opened or locked: find out whose code is typed."""
        self._accounts = len(self._vault)
        self.waiting = False
        self._ready = None
        self.codes.choose(self._vault)

    @property
    def chooses(self) -> bool:
        """Whether there are several accounts to choose from."""
        return self._accounts > 1

    def choose_next(self) -> None:
        """Type the next account's codes from now on."""
        if self._choose((self._vault.chosen + 1) % self._accounts):
            self.tell_chosen()

    def tell_chosen(self) -> None:
        """Let the light say which account was chosen."""
        self._light.moment(light.chosen(self._vault.chosen))

    def _choose(self, index: int) -> bool:
        """Type this account's codes from now on. False while a code is typed, or if flash refuses it."""
        if self._typist.busy:
            return False
        if index != self._vault.chosen or self.codes.account is None:
            try:
                self._vault.choose(index)
            except Refusal:
                self._light.moment(light.REFUSED)
                return False
            self.accounts_changed()
        return True

    # A press

    @property
    def at_once(self) -> bool:
        """Whether the press edge is the order to type: with one account there is nothing to choose, so
        nothing to wait for. A code that is counted waits for the release, so holding for setup uses none.
        """
        return self._accounts == 1 and not self.codes.counted

    def press(self, at: int) -> None:
        """Type the chosen account's code, now or when the next one begins."""
        if self._early(at):
            # An impatient finger, on whichever key. A press right after it is one, too.
            self._pressed_at = at
            return
        codes, now = self.codes, self._ticks()
        if passed(at, now) >= (_LATE if self.at_once else _LATE + HOLD):
            self.lost()
            return
        account = codes.account
        if account is not None and self._can_tell and not codes.remaining(now):
            codes.turn(self._timekeeper, now)
            now = self._ticks()
        if account is None or not self._can_tell or codes.over or self._outlasts(account):
            self._light.moment(light.REFUSED)
        elif self._may_type(account.identifier, codes.step, self._lives(account, now), at):
            self._begin(account)
        elif self.waiting and codes.used_up:
            # There is no code to wait for.
            self.waiting = False
            self._light.moment(light.REFUSED)

    def press_for(self, index: int, at: int) -> None:
        """Choose that account, and type its code: one of the further keys was pressed."""
        if index < self._accounts and (self._early(at) or self._choose(index)):
            self.press(at)

    def lost(self) -> None:
        """A touch was missed, or may be meant for another computer or moment: type nothing for it."""
        self.waiting = False
        self._light.moment(light.REFUSED)

    def _early(self, at: int) -> bool:
        """Whether a touch was made before the last code had been typed."""
        return self._typist.busy or (self._ended is not None and since(at, self._ended) < _QUEUED)

    def _may_type(self, account: int, step: int, lives: bool, at: int) -> bool:
        """Whether the press types the code. If not, the press may begin or end waiting for the next one.

        `lives`: whether the code stays valid long enough to be typed and used.
        """
        double = account == self._account and since(self._pressed_at, at) < DOUBLE
        self._account, self._pressed_at = account, at
        if double and not self._held_back:
            # A quick second touch after the first has typed.
            return False
        if self.waiting and not double:
            self.waiting = False
            self._light.moment(light.CANCELLED)
            return False
        if lives and (double or self._typed.get(account) != step):
            self._held_back = self.waiting = False
            return True
        self._held_back = self.waiting = True
        return False

    def _begin(self, account: "Account") -> None:
        """Type the loaded code. It is counted first: no code by counter comes twice, and an end allows only
        so many. The code of the same time step was counted when it was typed.
        """
        codes, typing, step = self.codes, False, self.codes.step
        counts = codes.counted and self._typed.get(account.identifier) != step
        try:
            can = not counts or self._typist.can_type(self._ticks())
            if not codes.timed:
                codes.forget()
            if counts and can:
                end = account.end
                self._vault.count(account)
                if not self._lives(account, self._ticks()):
                    # Writing that took too long: type the next code, and count that one instead.
                    account.end, self.waiting = end, True
                    self._vault.replace(self._vault.index(account.identifier), account)
                    return
            typing = can and self._typist.type(self._ticks())
        except Refusal:
            # The counter or the number of codes is at its end, or flash does not take it.
            pass
        if typing:
            self._typing, self._step = account.identifier, step
        else:
            self._light.moment(light.REFUSED)

    @property
    def _can_tell(self) -> bool:
        """Whether the chosen account's code can be told now: without the time, only one by counter."""
        return self._timekeeper.state == TRUSTED or not self.codes.needs_time

    def _lives(self, account: "Account", now: int) -> bool:
        """Whether the loaded code lives long enough to be typed and used."""
        if not self.codes.timed:
            return True
        typing = self._typist.duration
        needed = typing + 1000 * self._vault.typing_settings.margin
        # The margin gives way before half of all presses have to wait; what is typed is never cut short.
        return self.codes.remaining(now) >= min(needed, max(typing, 500 * account.period))

    def _outlasts(self, account: "Account") -> bool:
        """Whether it takes so long to type that every code would end meanwhile."""
        return self.codes.timed and self._typist.duration > 1000 * (account.period - 1)

    # Time passes

    def turn(self, now: int) -> None:
        """Keep the code ahead, and type it once it was waited for."""
        if self._timekeeper.changes != self._clock_changes:
            self._clock_changes = self._timekeeper.changes
            self.codes.forget()
        if self._can_tell and (self.ahead or self.waiting):
            self.codes.turn(self._timekeeper, now)
        if self.waiting:
            self._wait()

    def _wait(self) -> None:
        """The next code is waited for: type it when it is there, or give up when it cannot be typed."""
        account = self.codes.account
        if account is None or not self._can_tell or self.codes.over or not self._typist.ready:
            self.waiting = False
            self._light.moment(light.REFUSED)
        elif self._typed.get(account.identifier) != self.codes.step and self._lives(account, self._ticks()):
            self.waiting = False
            self._begin(account)

    def turn_typing(self, now: int) -> "int | None":
        """Send the report that is due. Returns the account, by its identifier, once its code was typed."""
        self._typist.turn(now)
        return self._end(now) if self._typist.outcome else None

    def _end(self, now: int) -> "int | None":
        """A code was typed, refused, or stopped."""
        typed = self._typist.outcome == typist.TYPED
        self._typist.outcome = typist.UNDER_WAY
        self._ended = now
        doubt = self._timekeeper.doubt if self.codes.needs_time else 0
        self._light.moment(light.typed(doubt) if typed else light.REFUSED)
        account, self._typing = self._typing, None
        if not typed or account is None:
            return None
        self.waiting = self._held_back = False
        if len(self._typed) >= _REMEMBERED:
            self._typed = {}
        self._typed[account] = self._step
        return account

    # The light

    def pattern(self) -> "Pattern":
        """What the light shows while nothing happens: why no press types, or which account is ready."""
        if self.waiting:
            return light.WAITING
        if self.codes.account is None:
            if self._vault.state == BLOCKED:
                return light.BLOCKED
            return light.DAMAGED if self._accounts else light.BLANK
        if not self._can_tell:
            return light.CLOCK_MISSING if self._timekeeper.state == MISSING else light.CLOCK_LOST
        if self.codes.over:
            return light.END_REACHED
        doubt = self._timekeeper.doubt
        if self._ready is None or self._ready_doubt != doubt:
            # Which account is chosen is read from flash, so it is looked up once.
            self._ready_doubt = doubt
            several = self.chooses
            self._ready = light.ready_at(self._vault.chosen, doubt) if several else light.ready(doubt)
        return self._ready
