"""A person who looks at the key's light and makes the gesture that it asks for."""

from __future__ import annotations

from totpkey_protocol import limits
from totpkey_protocol.words import ACCESS, CHANGE, EVERYTHING, USE
from totpkey_virtual.key import VirtualKey

#: The colours in docs/light.md on a NeoPixel, by class of consent. No other pattern uses them.
COLOURS = {(50, 50, 50): USE, (0, 45, 35): CHANGE, (60, 22, 0): ACCESS, (70, 0, 0): EVERYTHING}
#: The colour that says the button has been held long enough.
ENOUGH = (0, 70, 0)
_HOLDS = {ACCESS: limits.HOLD_ACCESS, EVERYTHING: limits.HOLD_EVERYTHING}
#: How long a person presses, and how much longer than necessary a person holds, in s.
_PRESS, _MORE = 0.08, 0.2
#: The longest dark phase of a blinking light, in s.
_DARK = 1.0


def asked(key: VirtualKey) -> str:
    """Return the class of consent that the key is waiting for, or "" while the light is off."""
    return COLOURS.get(key.light, "")


def announced(key: VirtualKey) -> None:
    """Wait until a touch counts."""
    key.run(limits.ANNOUNCED + 0.05)


def agree(key: VirtualKey) -> None:
    """Make the gesture that the light asks for."""
    assert key.run_until(lambda: asked(key) != "", _DARK), "nothing waits for a touch"
    hold = _HOLDS.get(asked(key), 0)
    announced(key)
    key.press(hold + _MORE if hold else _PRESS)
    key.run(_MORE)
