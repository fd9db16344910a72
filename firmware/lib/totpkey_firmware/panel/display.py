"""The display: the account, its code, and how long the code is still valid; or why there is no code.

Loaded only on a board that has one. It goes dark when nobody has touched the key for a while, or when the
computer is off. So no code is visible on a desk for hours, and the panel does not wear.
"""

from totpkey_protocol.errors import Refusal
from totpkey_protocol.words import PIN

from ..ticks import since
from . import light

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from totpkey_protocol.fields import Command

    from ..key import Key
    from ..screen import Screen
    from .light import Pattern

    class Asked(Protocol):
        """A request in setup."""

        command: Command

        def account(self) -> int: ...

    class Asks(Protocol):
        """A request that waits for its gesture."""

        gesture: str
        wants_hold: bool

        @property
        def request(self) -> Asked: ...


#: The display goes dark after this long without a touch. In ms, as below.
_DARK = 300_000
#: How often the display is updated. The bar moves by one pixel in a quarter of a second.
_LOOK = 100
#: How much dimmer an account's key glows than at the moment when it was chosen: the chosen one, the others.
_CHOSEN, _OTHERS = 2, 8

_WORDS = (
    (light.LOCKED, "locked: enter the PIN"),
    (light.BLOCKED, "PIN gone: unlock it"),
    (light.DAMAGED, "cannot be read"),
    (light.BLANK, "no accounts yet"),
    (light.CLOCK_LOST, "set the clock"),
    (light.CLOCK_MISSING, "no clock chip"),
    (light.END_REACHED, "lent: not now"),
    (light.SETUP, "setup"),
)
#: The words for a waiting request, by the name of its command, where that does not say it as well.
_REQUESTS = {
    "code": "code of",
    "batch": "add accounts",
    "recipe": "type more for",
    "remove": "REMOVE",
    "set_end": "lend",
    "make_card": "make a card",
    "lend": "LEND by file",
    "accept": "borrow",
    "set_time": "set the clock",
    "time_from_codes": "set the clock",
    "set_limit": "clock's limit",
    "set_typing": "how it types",
    "sample": "type a sample",
    "clone_receive": "take an account",
    "init": "no exports, ever",
    "set_pin": "set the PIN",
    "set_passphrase": "set passphrase",
    "remove_slot": "remove a lock",
    "unlock_pin": "unlock",
    "unlock_passphrase": "unlock",
    "set_locking": "when it locks",
    "export": "ALL SECRETS out",
    "clone_send": "ALL to a key",
    "update": "NEW FIRMWARE",
    "wipe": "ERASE ALL",
}


class Display:
    """Shows the state of one key."""

    def __init__(self, screen: "Screen", key: "Key") -> None:
        self._screen = screen
        self._key = key
        self._looked = -_LOOK
        self._shown = ("", "")
        self._glow = b""

    def turn(self, pattern: "Pattern", asking: "Asks | None", touched: int, now: int) -> None:
        """Show changes. `pattern`: what the light shows; `asking`: the request that waits for its gesture;
        `touched`: ticks of the last touch.
        """
        if self._looked >= 0 and since(self._looked, now) < _LOOK:
            return
        self._looked = now
        awake = since(touched, now) < _DARK and self._key.platform.keyboard.ready()
        words = self._words(pattern)
        if asking:
            words, awake = self._request(asking), True
        texts = ("", "") if not awake else (words, _spelled(asking)) if words else self._texts(pattern)
        if texts != self._shown:
            self._shown = texts
            self._screen.show(texts[0], texts[1])
            self._screen.refresh()
        if self._screen.bar(self._left(now) if awake and not words else 0):
            self._screen.refresh()
        self._light_keys(awake and not words)

    def _words(self, pattern: "Pattern") -> str:
        """The reason why there is no code, in words; "" if there is one."""
        if pattern is light.LOCKED and not self._key.vault.has(PIN):
            return "unlock at a computer"
        for other, words in _WORDS:
            if other is pattern:
                return words
        return ""

    def _request(self, asking: "Asks") -> str:
        """The words for the waiting request, and the label of its account."""
        label = ""
        try:
            label = self._key.vault.account(asking.request.account()).label
        except (KeyError, Refusal):
            # The request names no account, or adds one.
            pass
        name = asking.request.command.name
        return (_REQUESTS.get(name, name.replace("_", " ")) + " " + label)[: self._screen.columns]

    def _texts(self, pattern: "Pattern") -> "tuple[str, str]":
        account = self._key.presses.codes.account
        if account is None:
            return "", ""
        name = account.issuer + " " + account.label if account.issuer else account.label
        if pattern is light.WAITING:
            return name, "wait"
        return name, "press" if account.counted else _parted(self._key.presses.codes.code)

    def _left(self, now: int) -> int:
        """The length of the bar: the remaining time of the code."""
        account = self._key.presses.codes.account
        if account is None or not account.timed:
            return 0
        return self._key.presses.codes.remaining(now) * self._screen.width // (1000 * account.period)

    def _light_keys(self, lit: bool) -> None:
        """Light each account's key in its colour, the chosen one brighter."""
        vault = self._key.vault
        glow = b""
        for place in range(len(vault) if lit else 0):
            share = _CHOSEN if place == vault.chosen else _OTHERS
            red, green, blue = light.ACCOUNTS[place % len(light.ACCOUNTS)]
            glow += bytes((green // share, red // share, blue // share))
        if glow != self._glow:
            self._glow = glow
            self._key.platform.lamp.rest(glow)


def _spelled(asking: "Asks | None") -> str:
    """The gesture in writing."""
    if not asking:
        return ""
    return ("hold " if asking.wants_hold else "") + "-".join(list(asking.gesture))


def _parted(code: str) -> str:
    """A code in two halves, which people read more easily."""
    half = len(code) // 2 if len(code) > 5 else len(code)
    return code[:half] + " " + code[half:] if half < len(code) else code
