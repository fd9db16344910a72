"""Computes the chosen account's code and its reports before a press needs them."""

from totpkey_protocol.errors import Refusal
from totpkey_protocol.words import SLOW_PART

from ..ticks import since
from .keystrokes import recipe_keystrokes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..accounts import Account
    from ..clock.timekeeper import Timekeeper
    from ..ends import Ends
    from ..vault.keeper import Keeper
    from ..vault.settings import TypingSettings
    from .typist import Typist


class CodeCache:
    """Keeps the typist loaded with the present time step's code, and precomputes the next one."""

    def __init__(self, typist: "Typist", watch: "Callable[[], None]") -> None:
        """`watch` is called now and then while a code is computed that takes long."""
        self._typist = typist
        self._watch = watch
        #: The chosen account, if there is one, and whether its code depends on the time.
        self.account: "Account | None" = None
        self.timed = True
        #: Whether giving a code needs the time for any reason, and whether it is counted in flash first.
        self.needs_time = True
        self.counted = False
        #: Why the account gives no code: it has come to its end. "" if it has not.
        self.over = ""
        self._ends: "Ends | None" = None
        self._typing_settings: "TypingSettings | None" = None
        #: The time step or the counter of the loaded code.
        self.step = -1
        #: The loaded code.
        self.code = ""
        self._loaded_at = 0
        self._lasts = 0
        self._next_step = -1
        self._next_code = ""

    def choose(self, vault: "Keeper") -> None:
        """Take the vault's chosen account, if it has one, and how its code is typed."""
        account, settings = None, vault.typing_settings
        try:
            if len(vault):
                account = vault.account(vault.chosen)
        except Refusal:
            # Flash that has lost it. What is left, other accounts and setup, stays in use.
            pass
        self.account = account
        self.timed = self.needs_time = account is None or account.timed
        self.counted = account is not None and account.counted
        self._ends = None
        if account is not None and account.end:
            from ..ends import Ends

            self._ends = Ends(account, vault)
            self.needs_time = self.timed or self._ends.needs_time
        if account is not None and SLOW_PART in account.recipe:
            settings = settings.slowed()
        self._typing_settings = settings
        self._next_step = -1
        self.forget()

    def forget(self) -> None:
        """Unload the code, because the clock was changed or is not trusted."""
        self._lasts = 0
        self.over = ""
        if self._ends:
            self._ends.why = ""

    def remaining(self, now: int) -> int:
        """For how many ms the loaded code's time step continues. Allocates nothing."""
        left = self._lasts - since(self._loaded_at, now)
        return left if left > 0 else 0

    @property
    def used_up(self) -> bool:
        """Whether the loaded code is the last one that the account's end allows."""
        return self._ends is not None and self._ends.used_up

    def turn(self, timekeeper: "Timekeeper", now: int) -> None:
        """Load the present code if the loaded one has ended. Otherwise compute the next, if idle."""
        account = self.account
        if account is None:
            return
        if self.remaining(now):
            if not self._next_code and self.timed:
                self._next_code = account.code(self._next_step, self._watch)
            return
        time = timekeeper.code_time(now)
        lasts = account.period - time % account.period
        if self._ends:
            lasts = min(lasts, self._ends.judge(timekeeper, now))
            self.over = self._ends.why
            if self.over:
                return
        step = account.step(time)
        if step != self._next_step or not self._next_code:
            self._next_code = account.code(step, self._watch)
        self.code = self._next_code
        settings = self._typing_settings
        if settings:
            found = recipe_keystrokes(account.recipe, account.label, self._next_code, settings)
            self._typist.load(found, settings)
        self.step = step
        self._loaded_at = now
        self._lasts = 1000 * lasts - timekeeper.milliseconds(now)
        self._next_step, self._next_code = step + 1, ""
