"""The main loop. The button, the clock, the serial port and the light take turns in it."""

from totpkey_protocol.words import DEVICE, LOCKED, OPEN

from . import restart_notes
from .panel import gestures, light
from .panel.gestures import NOTHING, Touches
from .platform import Platform
from .ticks import since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .element_entry import ElementEntry
    from .key import Key
    from .locked import Locked
    from .panel.display import Display
    from .panel.gestures import Gestures, Mode, Touched
    from .panel.light import Pattern
    from .setup.session import Session

#: When to clean up and to seal, in ms after the start or a touch: a press within an erase would be missed.
_LEISURE = 2000
#: When to count the codes that were given: it takes longest. In ms after the same.
_QUIET = 5000
#: After this long without USB, treat the computer as asleep. In ms.
_ASLEEP = 1000
#: The interval for work that is not urgent: lock, light, display. In ms.
_TENDING = 8


def run() -> None:
    """Start the key in the face that boot.py has chosen, and serve it forever."""
    platform = Platform()
    if platform.serial is None:
        # This import takes long. From now on touches wait in a queue, so none is lost meanwhile.
        from .key import Key, everyday_vault

        Loop(Key(platform, everyday_vault)).run()
    elif restart_notes.take_test():
        from totpkey_test_face.face import run as test

        test(platform, platform.serial)
    else:
        # Imported here, so that the everyday face does not wait for modules that it never uses.
        from .setup.commands import begin

        begin()
        from .setup.session import Session
        from .setup.setup_key import SetupKey

        key = SetupKey(platform)
        Loop(key.everyday, Session(key, platform.ticks())).run()


class Loop:
    """Serves one key forever, and decides which mode takes its touches."""

    def __init__(self, key: "Key", session: "Session | None" = None) -> None:
        now = key.platform.ticks()
        self._key = key
        self._touches = Touches(key.platform, now)
        self._session = session
        #: How often the computer had changed when that was last looked at.
        self._changes = 0
        self._everyday = Everyday(key)
        self._made_locked: "Locked | None" = None
        self._made_entry: "ElementEntry | None" = None
        self._looked = False
        self._display: "Display | None" = None
        #: When the lock and the light last had their turn.
        self._tended = now
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
        key, touches = self._key, self._touches
        # First find out whether this is still the computer at which a touch was made.
        key.turn_typing(key.platform.ticks())
        if not key.typing:
            self._take_touches(key.platform.ticks())
        # Read the time again: trying a PIN or writing to flash for a touch may have taken a second.
        now = key.platform.ticks()
        if not key.typing:
            # A code that was waited for may begin.
            key.turn(now)
        if key.typing:
            # Reports are due to the millisecond. Touches wait in their queue, and commands on the port.
            key.light.turn()
            return
        tends = touches.fresh or since(self._tended, now) >= _TENDING
        if tends:
            touches.fresh, self._tended = False, now
            if self._at_leisure(now):
                key.vault.turn()
                self._look_for_a_display()
                if since(touches.touched, now) >= _QUIET and key.keeps_log and len(key.vault):
                    key.usage_log.tend(key.platform.touched)
        if tends or self._session:
            self._mode.turn(self._quiet(now), now)
        if self._session:
            entering = self._made_locked is not None and self._made_locked.begun
            self._session.turn(touches, entering, now)
        if tends:
            self._show()

    def _at_leisure(self, now: int) -> bool:
        """Whether nobody is using the button, and a second of work would not be seen."""
        asked = self._session and self._session.pending
        return not asked and since(self._touches.touched, now) >= _LEISURE and self._key.light.pauses

    def _show(self) -> None:
        key, session, down = self._key, self._session, self._touches.button.under_way
        pattern = session.pattern(down) if session else self._mode.pattern(down)
        key.light.state(pattern)
        key.light.turn()
        if self._display:
            asking = session.pending if session else None
            self._display.turn(pattern, asking, self._touches.touched, key.platform.ticks())

    def _take_touches(self, now: int) -> None:
        """Handle all touches since the last round."""
        touches = self._touches
        self._notice_another_computer()
        gesture = touches.next(now)
        while gesture:
            if self._session:
                # The moment of a press is hard to guess from outside, and a command may need a salt.
                self._key.vault.entropy.reseed(touches.changed_at.to_bytes(4, "little"))
            # The mode may be another one after each gesture.
            touches.hand(gesture, self._receiver)
            if gesture == gestures.LOST:
                self._mode.lost()
            elif gesture in (gestures.SETUP, gestures.LET_GO):
                self._end_hold(gesture)
            gesture = NOTHING if self._key.typing else touches.next(now)

    def _notice_another_computer(self) -> None:
        """End what was meant for a computer that is gone. A PIN and a gesture are for the key alone."""
        typist, presses, touches = self._key.typist, self._key.presses, self._touches
        if self._changes != typist.changes:
            self._changes = typist.changes
            if self._receiver is self._everyday:
                undecided = touches.button.under_way and not presses.at_once
                if touches.drop() or undecided or presses.waiting:
                    presses.lost()

    def _end_hold(self, gesture: str) -> None:
        """A hold was long enough for setup, or the button was let go after it was used up."""
        button, session = self._touches.button, self._session
        if session:
            if gesture == gestures.LET_GO or not button.held(self._key.platform.ticks()):
                # A command may be waiting for the hold that has ended.
                session.released(button.lasted, button.released_at)
        elif gesture == gestures.SETUP:
            (self._entry or self._key).enter_setup()

    def _look_for_a_display(self) -> None:
        """Find the display after the start, so that no press waits for it. Most boards have none."""
        if self._looked:
            return
        self._looked = True
        screen = self._key.platform.screen()
        if screen:
            from .panel.display import Display

            self._display = Display(screen, self._key)

    @property
    def _receiver(self) -> "Touched":
        """What takes touches."""
        return self._session.before(self._mode) if self._session else self._mode

    @property
    def _mode(self) -> "Mode":
        """What the key does now, and what touches do to it unless a request waits for them."""
        return (self._entry or self._locked) if self._key.state == LOCKED else self._everyday

    @property
    def _locked(self) -> "Locked":
        """The entry of the PIN. Loaded when it is needed, because most keys have no PIN."""
        if self._made_locked is None:
            from .locked import Locked

            self._made_locked = Locked(self._key)
        return self._made_locked

    @property
    def _entry(self) -> "ElementEntry | None":
        """The steps that a PIN with a secure element needs besides. Setup cannot try such a PIN."""
        if self._session or not self._key.vault.with_element:
            return None
        if self._made_entry is None:
            from .element_entry import ElementEntry

            self._made_entry = ElementEntry(self._key, self._locked, self._touches)
        return self._made_entry

    def _quiet(self, now: int) -> int:
        """The time since the last touch or the last request of a program. In ms."""
        touched = self._touches.touched
        quiet = since(touched, now)
        return min(quiet, self._session.quiet(touched, now)) if self._session else quiet


class Everyday:
    """The mode of a key that is not locked: presses type, and holds choose."""

    def __init__(self, key: "Key") -> None:
        self._key = key
        #: When a computer was last there.
        self._awake = key.platform.ticks()

    def down(self, touch: "Gestures") -> None:
        """The button goes down."""
        presses = self._key.presses
        if presses.at_once:
            presses.press(touch.pressed_at)
        elif presses.chooses:
            self._key.light.end()

    def press(self, touch: "Gestures") -> None:
        """The button was pressed, for which a key with several accounts has waited."""
        if not self._key.presses.at_once:
            self._key.presses.press(touch.pressed_at)

    def hold(self, touch: "Gestures") -> None:
        """The button was held."""
        if self._key.presses.chooses:
            self._key.presses.choose_next()

    def key(self, number: int, at: int) -> None:
        """One of a board's further keys went down: each types its account's code."""
        self._key.presses.press_for(number, at)

    def lost(self) -> None:
        """A touch was missed."""
        self._key.presses.lost()

    def turn(self, quiet: int, now: int) -> None:
        """Lock a key that was left alone, or whose computer sleeps."""
        vault = self._key.vault
        settings = vault.settings
        if self._key.platform.keyboard.ready():
            self._awake = now
        idle = settings.idle and quiet >= 1000 * settings.idle
        asleep = settings.suspend and since(self._awake, now) >= _ASLEEP
        if (idle or asleep) and self._key.state == OPEN and not vault.has(DEVICE):
            vault.lock()
            self._key.accounts_changed()

    def pattern(self, down: bool) -> "Pattern":
        """What the light shows while nothing happens: dark while a person chooses."""
        presses = self._key.presses
        return light.DARK if down and presses.chooses else presses.pattern()
