"""The loop in which the button, the clock, the serial port and the light each get their turn."""

from totpkey_protocol.commands import BLANK, DEVICE, LOCKED, OPEN
from totpkey_protocol.errors import Refusal

from .panel import gestures, light, pin_entry
from .panel.gestures import Gestures
from .panel.pin_entry import PinEntry
from .ticks import since

try:
    from .key import Key
except ImportError:
    pass

#: A computer that is gone for this long has gone to sleep, or is off. In ms.
_ASLEEP = 1000


class Loop:
    """Serves one key for ever."""

    def __init__(self, key: "Key") -> None:
        now = key.platform.ticks()
        self._key = key
        self._gestures = Gestures()
        self._entry = PinEntry()
        self._touched = now
        self._awake = now
        self._session = None
        if key.platform.serial:
            # The everyday face has no need of these.
            from .session import Session

            self._session = Session(key, key.platform.serial, now)

    def run(self) -> None:
        """Serve for ever."""
        self._key.platform.guard()
        while True:
            self.turn()
            self._key.platform.rest()

    def turn(self) -> None:
        """One round. The button comes first: what it asks for shall not wait."""
        key = self._key
        now = key.platform.ticks()
        edge = key.platform.next_edge()
        while edge:
            self._touched = now
            self._obey(self._gestures.edge(edge[0], edge[1]), now)
            # When a person pressed is hard to guess from outside.
            key.vault.stir(edge[1].to_bytes(4, "little"))
            edge = key.platform.next_edge()
        self._obey(self._gestures.turn(now), now)
        self._take_keys(now)
        key.turn(now)
        key.vault.turn()
        self._keep_lock(now)
        if self._session:
            self._session.held(self._gestures.held(now), now)
            self._session.turn(now)
        key.light.state(self._pattern(), now)
        key.light.turn(now)

    def _obey(self, gesture: str, now: int) -> None:
        if gesture == gestures.DOWN:
            self._down(now)
        elif gesture == gestures.PRESS:
            self._press(now)
        elif gesture == gestures.NEXT:
            self._next(now)
        elif gesture == gestures.SETUP and not self._session:
            self._key.enter_setup()

    def _down(self, now: int) -> None:
        if self._session and self._session.pressed(now):
            self._gestures.spend()
        elif self._key.state == OPEN and len(self._key.vault) == 1:
            # With one account there is nothing to choose, so nothing to wait for.
            self._key.type_code(now)

    def _press(self, now: int) -> None:
        if self._key.state == LOCKED:
            self._echo(self._entry.press(now), now)
        elif self._key.state != OPEN or len(self._key.vault) != 1:
            self._key.type_code(now)

    def _next(self, now: int) -> None:
        if self._key.state == LOCKED:
            self._enter(now)
        elif self._key.state == OPEN and len(self._key.vault) > 1:
            self._key.choose_next(now)

    def _take_keys(self, now: int) -> None:
        """On a board with more keys, they enter the PIN."""
        number = self._key.platform.next_key()
        while number >= 0:
            self._touched = now
            if self._key.state == LOCKED:
                event = self._entry.key(number, now)
                if event == pin_entry.ENTERED:
                    self._enter(now)
                else:
                    self._echo(event, now)
            number = self._key.platform.next_key()

    def _enter(self, now: int) -> None:
        """The PIN is complete: try it."""
        pin = self._entry.take()
        if not pin:
            return
        self._key.light.moment(light.TRYING, now)
        try:
            self._key.vault.unlock_pin(pin, now)
        except Refusal:
            self._key.light.moment(light.REFUSED, now)
        else:
            self._key.light.moment(light.OPENED, now)
        self._key.accounts_changed()

    def _echo(self, event: str, now: int) -> None:
        moments = {
            pin_entry.COUNTED: light.COUNTED,
            pin_entry.DIGIT: light.DIGIT,
            pin_entry.FORGOTTEN: light.REFUSED,
        }
        if event in moments:
            self._key.light.moment(moments[event], now)

    def _keep_lock(self, now: int) -> None:
        """Let an entry end its digit, and lock a key that was left alone."""
        if self._key.state == LOCKED:
            self._echo(self._entry.turn(now), now)
            return
        vault = self._key.vault
        if self._key.platform.keyboard.ready():
            self._awake = now
        idle = vault.idle and since(self._touched, now) >= 1000 * vault.idle
        asleep = vault.suspend and since(self._awake, now) >= _ASLEEP
        if (idle or asleep) and self._key.state == OPEN and not vault.has(DEVICE):
            vault.lock()
            self._key.accounts_changed()

    def _pattern(self) -> light.Pattern:
        """What the light shows while nothing happens."""
        if not self._session:
            return self._key.pattern()
        if self._session.asking:
            return light.ASKING
        return light.BLANK if self._key.state == BLANK else light.SETUP
