"""The chosen account's code, computed and made into reports before anyone asks for it."""

from .otp import time_step
from .ticks import since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .accounts import Account
    from .clock.timekeeper import Timekeeper
    from .typist import Typist


class Ahead:
    """Keeps the typist loaded with the code of the present time step, and has the next one at hand."""

    def __init__(self, typist: "Typist") -> None:
        self._typist = typist
        self._account: "Account | None" = None
        self._loaded_at = 0
        self._lasts = 0
        self._next_step = -1
        self._next_code = ""

    @property
    def chosen(self) -> bool:
        """Whether there is an account to type the code of."""
        return self._account is not None

    def choose(self, account: "Account | None") -> None:
        """Whose code is wanted."""
        self._account = account
        self._next_step = -1
        self.forget()

    def forget(self) -> None:
        """The clock was moved, or is not to be trusted: what is loaded is not to be typed."""
        self._lasts = 0

    def fresh(self, now: int) -> bool:
        """Whether the loaded code is that of the present time step. Allocates nothing."""
        return since(self._loaded_at, now) < self._lasts

    def turn(self, timekeeper: "Timekeeper", now: int) -> None:
        """Load the present code if the loaded one has ended; else, at leisure, compute the next."""
        account = self._account
        if account is None:
            return
        if self.fresh(now):
            if not self._next_code:
                self._next_code = account.code(self._next_step)
            return
        time = timekeeper.time(now)
        step = time_step(time, account.period)
        if step != self._next_step or not self._next_code:
            self._next_code = account.code(step)
        self._typist.prepare(self._next_code)
        self._loaded_at = now
        self._lasts = 1000 * (account.period - time % account.period) - timekeeper.milliseconds(now)
        self._next_step, self._next_code = step + 1, ""
