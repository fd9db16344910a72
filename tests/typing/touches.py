"""Touches that choose an account."""

from __future__ import annotations

from tests.support.desk import Desk
from totpkey_virtual.simulator import SimulatedKey


def touch(desk: Desk, pin: str, seconds: float = 0.6) -> str:
    """Press one of the further keys; the text that arrives in that time."""
    assert isinstance(desk.key, SimulatedKey)
    before = len(desk.computer.text)
    desk.key.wiring.touch(pin, True)
    desk.key.run(0.08)
    desk.key.wiring.touch(pin, False)
    desk.key.run(seconds)
    return desk.computer.text[before:]
