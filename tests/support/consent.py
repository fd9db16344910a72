"""A person who looks at the key's light, and makes the gesture that it asks for."""

from __future__ import annotations

from totpkey_protocol import limits
from totpkey_protocol.words import ACCESS, CHANGE, EVERYTHING, USE
from totpkey_virtual.key import VirtualKey

#: The colours of docs/light.md on a NeoPixel, by class of consent; no other pattern has them.
COLOURS = {(50, 50, 50): USE, (0, 45, 35): CHANGE, (60, 22, 0): ACCESS, (70, 0, 0): EVERYTHING}
#: It was held for long enough.
ENOUGH = (0, 70, 0)
_HOLDS = {ACCESS: limits.HOLD_ACCESS, EVERYTHING: limits.HOLD_EVERYTHING}
#: A press, in seconds, and how much longer than needed a person holds.
_PRESS, _MORE = 0.08, 0.2
#: For how long a light that blinks may be dark, in seconds.
_DARK = 1.0


def asked(key: VirtualKey) -> str:
    """The class of what waits for a touch, while its light is lit; "" else."""
    return COLOURS.get(key.light, "")


def announced(key: VirtualKey) -> None:
    """Wait until a touch counts."""
    key.run(limits.ANNOUNCED + 0.05)


def agree(key: VirtualKey) -> None:
    """Look at what the light asks for, and do that."""
    assert key.run_until(lambda: asked(key) != "", _DARK), "nothing waits for a touch"
    hold = _HOLDS.get(asked(key), 0)
    announced(key)
    key.press(hold + _MORE if hold else _PRESS)
    key.run(_MORE)
