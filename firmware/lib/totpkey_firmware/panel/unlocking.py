"""Unlocking: what each touch does while a person enters the PIN, and how the light answers."""

from totpkey_protocol.errors import WRONG_PIN, Refusal

from . import light, pin_entry
from .pin_entry import PinEntry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..vault.keeper import Keeper
    from .light import Light

_ECHOES = {
    pin_entry.COUNTED: light.COUNTED,
    pin_entry.DIGIT: light.DIGIT,
    pin_entry.FORGOTTEN: light.REFUSED,
}


class Unlocking:
    """One person's attempts. `now`: ticks."""

    def __init__(self, vault: "Keeper", lamp: "Light") -> None:
        self._vault = vault
        self._light = lamp
        self._entry = PinEntry()

    @property
    def begun(self) -> bool:
        """Whether a PIN is being entered."""
        return self._entry.begun

    def press(self, now: int) -> None:
        """The button was pressed: count it for this digit."""
        self._echo(self._entry.press(now))

    def key(self, number: int, now: int) -> bool:
        """One of a board's twelve keys went down. Returns whether it ends the PIN."""
        event = self._entry.key(number, now)
        self._echo(event)
        return event == pin_entry.ENTERED

    def turn(self, now: int) -> None:
        """End a digit after its pause, or an entry that was left alone."""
        self._echo(self._entry.turn(now))

    def enter(self, now: int) -> None:
        """The PIN is complete: try it. The light distinguishes a refused try from a wrong PIN."""
        begun = self._entry.begun
        pin = self._entry.take()
        if not pin:
            if begun:
                self._light.moment(light.REFUSED)
            return
        self._light.moment(light.TRYING)
        try:
            self._vault.unlock_pin(pin, now)
        except Refusal as refusal:
            self._light.moment(light.WRONG if refusal.code == WRONG_PIN else light.NOT_NOW)
        else:
            self._light.moment(light.OPENED)

    def _echo(self, event: str) -> None:
        if event in _ECHOES:
            self._light.moment(_ECHOES[event])
