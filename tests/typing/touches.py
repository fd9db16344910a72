"""Touches of the further keys of a board."""

from __future__ import annotations

from tests.support.desk import Desk
from totpkey_virtual.simulator import SimulatedKey


def touch(desk: Desk, *pins: str, seconds: float = 0.6) -> str:
    """Press further keys, several at once; the text that arrives in that time."""
    assert isinstance(desk.key, SimulatedKey)
    before = len(desk.computer.text)
    for pin in pins:
        desk.key.wiring.touch(pin, True)
    desk.key.run(0.08)
    for pin in pins:
        desk.key.wiring.touch(pin, False)
    desk.key.run(seconds)
    return desk.computer.text[before:]
