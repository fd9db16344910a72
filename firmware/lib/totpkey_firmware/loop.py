"""The main loop. The button, the clock, the serial port and the light take turns in it."""

from totpkey_protocol.words import BLANK, DEVICE, LOCKED, OPEN

from .panel import gestures, light
from .panel.gestures import Gestures
from .platform import Platform
from .ticks import since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .element_entry import ElementEntry
    from .key import Key
    from .panel.display import Display
    from .panel.unlocking import Unlocking
    from .setup.session import Session

#: When to clean up after a power cut, in ms after the start. By then nobody waits for a code.
_LEISURE = 2000
#: After this long without USB, treat the computer as asleep. In ms.
_ASLEEP = 1000
#: The interval for work that is not urgent: lock, light, display. In ms.
_TENDING = 8


def run() -> None:
    """Start the key in the face that boot.py has chosen, and serve it forever."""
    platform = Platform()
    if platform.serial is None:
        # This import takes long. From now on touches wait in a queue, so none is lost meanwhile.
        from .key import Key

        Loop(Key(platform)).run()
    else:
        # Imported here, so that the everyday face does not wait for modules that it never uses.
        from .setup.commands import load_names

        load_names()
        from .setup.session import Session
        from .setup.setup_key import SetupKey

        key = SetupKey(platform)
        Loop(key, Session(key, platform.serial, platform.ticks())).run()


class Loop:
    """Serves one key forever."""

    def __init__(self, key: "Key", session: "Session | None" = None) -> None:
        now = key.platform.ticks()
        self._key = key
        self._gestures = Gestures()
        self._made_unlocking: "Unlocking | None" = None
        self._started = self._touched = self._awake = now
        self._session = session
        self._looked = False
        self._made_entry: "ElementEntry | None" = None
        self._display: "Display | None" = None
        #: When the lock and the light last had their turn, and whether there was a gesture since.
        self._tended = now
        self._gesture = True
        if key.platform.down_at_start and not session:
            # This touch began at an unknown time, so refuse it. In setup it is the rest of the hold.
            key.light.moment(light.REFUSED)

    def run(self) -> None:
        """Serve forever."""
        self._key.platform.guard()
        while True:
            self.turn()
            self._key.platform.rest(self._idle)

    @property
    def _idle(self) -> bool:
        """Whether the loop may sleep for longer than 1 ms. A program may close its port for only 2 ms."""
        return not self._key.typing and not (self._session and self._session.open)

    def turn(self) -> None:
        """One round. Handle the button first, so that a press never waits."""
        key = self._key
        now = key.platform.ticks()
        if not key.typing:
            self.take_touches(now)
        if key.typing:
            # Reports are due to the millisecond. Touches wait in their queue, and commands on the port.
            key.turn_typing(key.platform.ticks())
            key.light.turn()
            return
        # Read the time again: trying a PIN or writing to flash for a touch may have taken a second.
        now = key.platform.ticks()
        key.turn(now)
        tends = self._gesture or since(self._tended, now) >= _TENDING
        if tends:
            self._gesture, self._tended = False, now
            if since(self._started, now) >= _LEISURE and key.light.pauses:
                key.vault.turn()
                self._look_for_a_display()
        if tends or self._session:
            self._keep_lock(now)
        if self._session:
            self._session.held(self._gestures.held(now))
            self._session.turn(self._touched, now)
        if tends:
            self._show()

    def _show(self) -> None:
        pattern = self.pattern()
        self._key.light.state(pattern)
        self._key.light.turn()
        if self._display:
            asking = self._session.pending if self._session else None
            self._display.turn(pattern, asking, self._touched, self._key.platform.ticks())

    def take_touches(self, now: int) -> None:
        """Handle all touches since the last call."""
        key = self._key
        while not key.typing:
            edge = key.platform.next_edge()
            if not edge:
                break
            self._touched = now
            self._gesture = True
            if self._session:
                # The moment of a press is hard to guess from outside, and a command may need a salt.
                key.vault.reseed(edge[1].to_bytes(4, "little"))
            # Several edges may have waited while a code was typed. Finish the touch before this one first.
            self._obey(self._gestures.turn(edge[1]))
            self._obey(self._gestures.edge(edge[0], edge[1]))
        self._obey(self._gestures.turn(now))
        self._take_keys()

    def _look_for_a_display(self) -> None:
        """Find the display after the start, so that no press waits for it. Most boards have none."""
        if self._looked:
            return
        self._looked = True
        screen = self._key.platform.screen()
        if screen:
            from .panel.display import Display

            self._display = Display(screen, self._key)

    def _obey(self, gesture: str) -> None:
        if not gesture:
            return
        self._gesture = True
        # Read the time again: if several gestures waited, the one before may have taken a second.
        now = self._key.platform.ticks()
        if gesture == gestures.DOWN:
            self._down()
        elif gesture == gestures.PRESS:
            self._press(now)
        elif gesture == gestures.NEXT:
            self._next(now)
        elif gesture == gestures.LET_GO and self._session:
            self._session.released(self._gestures.lasted, self._gestures.released_at)
        elif gesture == gestures.SETUP:
            if not self._session:
                self._want_setup()
            elif not self._gestures.held(now):
                # The hold ended before this round, and a command may be waiting for it.
                self._session.released(self._gestures.lasted, self._gestures.released_at)

    def _down(self) -> None:
        if self._session and self._session.pressed(self._gestures.pressed_at):
            if self._key.state != LOCKED or self._session.takes_presses or self._session.calm:
                self._gestures.spend()
        elif self._key.state == LOCKED:
            # If the pause before this touch was long enough, the digit is complete. The loop may not have
            # looked in between.
            self._unlocking.turn(self._gestures.pressed_at)
        elif self._key.types_at_once:
            self._key.type_code(self._gestures.pressed_at)
        elif self._key.chooses:
            self._key.light.end()

    def _press(self, now: int) -> None:
        if self._key.state == LOCKED:
            if self._session:
                # On a locked key a press is always part of a PIN, whatever request waits.
                self._session.interrupt()
            if not self._waits:
                self._unlocking.press(self._gestures.released_at)
        elif self._asking:
            # The press began before the request, so ignore it.
            return
        elif not self._key.types_at_once:
            self._key.type_code(self._gestures.pressed_at)

    def _next(self, now: int) -> None:
        if self._asking and self._session:
            self._session.released(self._gestures.lasted, self._gestures.released_at)
        elif self._key.state == LOCKED:
            self.enter(now)
        elif self._key.chooses:
            self._key.choose_next()

    @property
    def _asking(self) -> bool:
        """Whether a command waits for the button."""
        return self._session is not None and self._session.asking != ""

    def _take_keys(self) -> None:
        """Handle a board's further keys: they enter the PIN, and then each types its account's code."""
        while not self._key.typing:
            touch = self._key.platform.next_key()
            if not touch:
                break
            number, at = touch
            now = self._touched = self._key.platform.ticks()
            self._gesture = True
            session = self._session
            presses = session and (self._key.state != LOCKED or session.takes_presses)
            if session and presses and session.counted(number + 1, at):
                continue
            if self._key.state == LOCKED:
                if self._session:
                    self._session.interrupt()
                if not self._waits and self._unlocking.key(number, now):
                    self.enter(now)
            elif number < len(self._key.vault):
                self._key.type_code_of(number, at)

    @property
    def _unlocking(self) -> "Unlocking":
        """The entry of the PIN. Loaded when it is needed, because most keys have no PIN."""
        if self._made_unlocking is None:
            from .panel.unlocking import Unlocking

            self._made_unlocking = Unlocking(self._key.vault, self._key.light)
        return self._made_unlocking

    def _keep_lock(self, now: int) -> None:
        """End a digit after its pause, and lock a key that was left alone."""
        if self._key.state == LOCKED:
            self._unlocking.turn(now)
            if self._session:
                self._session.entering = self._unlocking.begun
            entry = self._element_entry()
            if entry:
                entry.turn(self._touched, now)
            return
        vault = self._key.vault
        if self._key.platform.keyboard.ready():
            self._awake = now
        idle = vault.idle and self._quiet(now) >= 1000 * vault.idle
        asleep = vault.suspend and since(self._awake, now) >= _ASLEEP
        if (idle or asleep) and self._key.state == OPEN and not vault.has(DEVICE):
            vault.lock()
            self._key.accounts_changed()

    def enter(self, now: int) -> None:
        """The PIN is complete."""
        entry = self._element_entry()
        if entry and entry.holds():
            return
        self._unlocking.enter(now)
        self._key.accounts_changed()
        if entry:
            entry.tried()

    def _want_setup(self) -> None:
        entry = self._element_entry()
        if entry:
            entry.want_setup()
        else:
            self._key.enter_setup()

    def _element_entry(self) -> "ElementEntry | None":
        """The steps that a PIN with a secure element needs besides. Setup cannot try such a PIN."""
        if self._session or not self._key.vault.with_element:
            return None
        if self._made_entry is None:
            from .element_entry import ElementEntry

            self._made_entry = ElementEntry(self._key, self._unlocking, self)
        return self._made_entry

    @property
    def _waits(self) -> bool:
        """Whether a complete PIN waits to be tried."""
        return self._made_entry is not None and self._made_entry.waits

    def _quiet(self, now: int) -> int:
        """The time since the last touch or the last request of a program. In ms."""
        quiet = since(self._touched, now)
        return min(quiet, self._session.quiet(self._touched, now)) if self._session else quiet

    def pattern(self) -> light.Pattern:
        """What the light shows while nothing happens."""
        if self._session and self._session.asking:
            return light.ASKING[self._session.asking]
        if self._gestures.under_way and self._key.chooses:
            return light.DARK
        if not self._session:
            return self._key.pattern()
        return light.BLANK if self._key.state == BLANK else light.SETUP
