"""A PIN that a secure element checks: the session with it is opened beside the entry, which goes on.

Loaded only where a key has such a PIN, and in the everyday face alone.
"""

from totpkey_protocol.errors import Refusal
from totpkey_protocol.words import OPEN

from . import restart_notes
from .panel import light
from .ticks import since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from .key import Key
    from .panel.light import Pattern
    from .panel.unlocking import Unlocking

    class Rounds(Protocol):
        """The loop."""

        def take_touches(self, now: int) -> None: ...
        def pattern(self) -> Pattern: ...
        def enter(self, now: int) -> None: ...


#: Who has wanted setup and has not touched the key for so long does not want it any more. In ms.
_FORGET = 30_000


class ElementEntry:
    """One key's. `now`: ticks."""

    def __init__(self, key: "Key", unlocking: "Unlocking", rounds: "Rounds") -> None:
        self._key = key
        self._unlocking = unlocking
        self._rounds = rounds
        #: The entry was ended while the session was being opened, and waits.
        self.waits = False
        #: The session is being opened; the element did not answer, and is left alone until the entry is over.
        self._opening = self._unanswered = False
        #: Setup is wanted, and the PIN is asked for before.
        self._to_setup = False

    def turn(self, touched: int, now: int) -> None:
        """Let the entry open the session. `touched`: when a person did so last."""
        if since(touched, now) >= _FORGET:
            self._to_setup = False
        if not self._unlocking.begun:
            self._unanswered = False
        elif not self._unanswered and self._key.vault.locks.wants_session:
            self._open_session()

    def _open_session(self) -> None:
        self._opening = True
        try:
            self._key.vault.locks.open_session(self._between)
        except Refusal:
            self._unanswered = True
        self._opening = False
        if self.waits:
            self.waits = False
            self._rounds.enter(self._key.platform.ticks())

    def _between(self) -> None:
        """A moment of that, every few milliseconds: what a round does for a locked key."""
        key = self._key
        now = key.platform.ticks()
        self._rounds.take_touches(now)
        now = key.platform.ticks()
        key.turn(now)
        if not self.waits:
            self._unlocking.turn(now)
            key.light.state(self._rounds.pattern())
        key.light.turn()
        key.platform.rest()

    def holds(self) -> bool:
        """Whether the PIN, which is complete, is tried only once the session is open."""
        if self._opening:
            self.waits = self._unlocking.begun
            if self.waits:
                self._key.light.moment(light.TRYING)
        return self._opening

    def tried(self) -> None:
        """The PIN was tried; whoever wanted setup, and is right, comes there with the key open."""
        if self._to_setup and self._key.state == OPEN:
            restart_notes.keep_key(self._key.vault.hand_over())
            self._key.enter_setup()

    def want_setup(self) -> None:
        """Ask for the PIN first, as setup has no memory for the element. A second hold goes there without."""
        if self._to_setup:
            self._key.enter_setup()
        self._to_setup = True
        if self._key.state == OPEN:
            self._key.vault.lock()
            self._key.accounts_changed()
