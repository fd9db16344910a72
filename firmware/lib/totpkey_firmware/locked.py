"""A locked key: what each touch does while a person enters the PIN, and how the light answers."""

from totpkey_protocol.errors import WRONG_PIN, Refusal

from .panel import light, pin_entry
from .panel.pin_entry import PinEntry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .key import Key
    from .panel.gestures import Gestures
    from .panel.light import Pattern

_ECHOES = {
    pin_entry.COUNTED: light.COUNTED,
    pin_entry.DIGIT: light.DIGIT,
    pin_entry.FORGOTTEN: light.REFUSED,
}


class Locked:
    """The mode of a key that is locked: touches are the digits of its PIN, and a hold ends it."""

    def __init__(self, key: "Key") -> None:
        self._key = key
        self._entry = PinEntry()

    @property
    def begun(self) -> bool:
        """Whether a PIN is being entered."""
        return self._entry.begun

    def down(self, touch: "Gestures") -> None:
        """The button goes down: if the pause before was long enough, the digit is complete."""
        self.turn(0, touch.pressed_at)

    def press(self, touch: "Gestures") -> None:
        """The button was pressed: count it for this digit."""
        self._echo(self._entry.press(touch.released_at))

    def hold(self, touch: "Gestures") -> None:
        """The PIN is complete: try it."""
        self.enter()

    def key(self, number: int, at: int) -> None:
        """One of a board's twelve keys went down."""
        if self.ends(number):
            self.enter()

    def lost(self) -> None:
        """A touch was missed, so nobody knows the PIN: start over. That costs no try."""
        self._echo(self._entry.forget())

    def ends(self, number: int) -> bool:
        """Take one of a board's twelve keys. Returns whether it ends the PIN."""
        event = self._entry.key(number, self._key.platform.ticks())
        self._echo(event)
        return event == pin_entry.ENTERED

    def turn(self, quiet: int, now: int) -> None:
        """End a digit after its pause, or an entry that was left alone."""
        self._echo(self._entry.turn(now))

    def pattern(self, down: bool) -> "Pattern":
        """What the light shows while nothing happens."""
        return light.LOCKED

    def enter(self) -> None:
        """Try the PIN. The light distinguishes a refused try from a wrong PIN."""
        key, begun = self._key, self._entry.begun
        pin = self._entry.take()
        if not pin:
            if begun:
                key.light.moment(light.REFUSED)
            return
        key.light.moment(light.TRYING)
        try:
            key.vault.unlock_pin(pin, key.platform.ticks())
        except Refusal as refusal:
            key.light.moment(light.WRONG if refusal.code == WRONG_PIN else light.NOT_NOW)
        else:
            key.light.moment(light.OPENED)
        key.accounts_changed()

    def _echo(self, event: str) -> None:
        if event in _ECHOES:
            self._key.light.moment(_ECHOES[event])
