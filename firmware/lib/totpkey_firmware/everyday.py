"""The everyday face: a key that a secure element may guard, and its loop while a PIN for that is entered."""

from totpkey_protocol.errors import Refusal
from totpkey_protocol.words import OPEN

from . import restart_notes
from .key import Key
from .loop import Loop
from .panel import light
from .store.pool import open_pool
from .ticks import since
from .vault.everyday import Everyday

#: Who has wanted setup and has not touched the key for so long does not want it any more. In ms.
_FORGET = 30_000


class EverydayKey(Key):
    """One key in its everyday face."""

    vault: Everyday

    def enter_setup(self) -> None:
        """Come up in setup: open where the PIN was given right before to a secure element, which setup has no
        memory for.
        """
        if self.state == OPEN and self.vault.with_element:
            restart_notes.keep_key(self.vault.hand_over())
        super().enter_setup()

    def _make_vault(self, now: int) -> Everyday:
        return Everyday(open_pool(), restart_notes, now, self.platform.element_wire)


class EverydayLoop(Loop):
    """Opens the session with the element beside the entry of the PIN, which goes on meanwhile."""

    _key: EverydayKey

    def __init__(self, key: EverydayKey) -> None:
        super().__init__(key)
        #: It is being opened; the element did not answer, and is left alone until the entry is over.
        self._opening = self._unanswered = False
        #: Setup is wanted, and the PIN to the element is asked for before.
        self._to_setup = False

    def _tend_entry(self, now: int) -> None:
        if since(self._touched, now) >= _FORGET:
            self._to_setup = False
        if not self._unlocking.begun:
            self._unanswered = False
        elif not self._unanswered and self._key.vault.wants_session:
            self._open_session()

    def _open_session(self) -> None:
        self._opening = True
        try:
            self._key.vault.open_session(self._between)
        except Refusal:
            self._unanswered = True
        self._opening = False
        if self._entered:
            self._entered = False
            self._enter(self._key.platform.ticks())

    def _between(self) -> None:
        """A moment of that, every few milliseconds: what a round does for a locked key."""
        key = self._key
        now = key.platform.ticks()
        self._take_touches(now)
        key.turn(now)
        if not self._entered:
            self._unlocking.turn(now)
            key.light.state(self._pattern(), now)
        key.light.turn(now)
        key.platform.rest()

    def _enter(self, now: int) -> None:
        """The PIN is tried once the session is open."""
        if self._opening:
            self._entered = self._unlocking.begun
            if self._entered:
                self._key.light.moment(light.TRYING, now)
            return
        super()._enter(now)
        if self._to_setup and self._key.state == OPEN:
            self._key.enter_setup()

    def _want_setup(self) -> None:
        """A PIN that an element checks is asked for before. A second hold goes there without."""
        if self._to_setup or not self._key.vault.with_element:
            self._key.enter_setup()
        self._to_setup = True
        if self._key.state == OPEN:
            self._key.vault.lock()
            self._key.accounts_changed()
