"""A PIN that a secure element checks: the session with it is opened beside the entry, which goes on.

Loaded only where a key has such a PIN, and in the everyday face alone.
"""

from totpkey_protocol.errors import Refusal
from totpkey_protocol.words import OPEN

from . import restart_notes
from .panel import gestures, light

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .key import Key
    from .locked import Locked
    from .panel.gestures import Gestures, Touches
    from .panel.light import Pattern
    from .vault.element_locks import ElementLocks

#: A person who has wanted setup and then not touched the key for so long no longer wants it. In ms.
_FORGET = 30_000


class ElementEntry:
    """The mode of a key that is locked by such a PIN. `now`: ticks."""

    def __init__(self, key: "Key", locked: "Locked", touches: "Touches") -> None:
        self._key = key
        self._locked = locked
        self._touches = touches
        # The entry was ended while the session was being opened, and waits.
        self._waits = False
        # The session is being opened; the element did not answer, and is left alone until the entry is over.
        self._opening = self._unanswered = False
        # Setup is wanted, and the PIN is asked for before.
        self._to_setup = False

    def down(self, touch: "Gestures") -> None:
        """The button goes down."""
        self._locked.down(touch)

    def press(self, touch: "Gestures") -> None:
        """The button was pressed: a part of a digit, unless the PIN is complete."""
        if not self._waits:
            self._locked.press(touch)

    def hold(self, touch: "Gestures") -> None:
        """The PIN is complete."""
        self._enter()

    def key(self, number: int, at: int) -> None:
        """One of a board's twelve keys went down."""
        if not self._waits and self._locked.ends(number):
            self._enter()

    def lost(self) -> None:
        """A touch was missed."""
        self._locked.lost()

    def turn(self, quiet: int, now: int) -> None:
        """Let the entry go on, and open the session."""
        self._locked.turn(quiet, now)
        if quiet >= _FORGET:
            self._to_setup = False
        if not self._locked.begun:
            self._unanswered = False
        elif not self._unanswered:
            element = self._key.vault.locks.element
            if element and element.wants_session:
                self._open_session(element)

    def pattern(self, down: bool) -> "Pattern":
        """What the light shows while nothing happens."""
        return light.LOCKED

    def enter_setup(self) -> None:
        """Ask for the PIN first, as setup has no memory for the element. A second hold goes there without."""
        if self._to_setup:
            self._key.enter_setup()
        self._to_setup = True
        if self._key.state == OPEN:
            self._key.vault.lock()
            self._key.accounts_changed()

    def _open_session(self, element: "ElementLocks") -> None:
        self._opening = True
        try:
            element.open_session(self._between)
        except Refusal:
            self._unanswered = True
        self._opening = False
        if self._waits:
            self._waits = False
            self._enter()

    def _between(self) -> None:
        """A moment of that, every few milliseconds: what a round does for a locked key."""
        key, touches = self._key, self._touches
        gesture = touches.next(key.platform.ticks())
        while gesture:
            touches.hand(gesture, self)
            if gesture == gestures.LOST:
                self.lost()
            elif gesture == gestures.SETUP:
                self.enter_setup()
            gesture = touches.next(key.platform.ticks())
        now = key.platform.ticks()
        key.turn(now)
        if not self._waits:
            self._locked.turn(0, now)
            key.light.state(light.LOCKED)
        key.light.turn()
        key.platform.rest()

    def _enter(self) -> None:
        """Try the PIN once the session is open. With the right one, a person who wants setup comes there."""
        if self._opening:
            self._waits = self._locked.begun
            if self._waits:
                self._key.light.moment(light.TRYING)
            return
        self._locked.enter()
        if self._to_setup and self._key.state == OPEN:
            restart_notes.keep_key(self._key.vault.hand_over())
            self._key.enter_setup()
