"""Fixtures: a simulated key at a serial port, a terminal that runs commands, and real keymaps."""

from tests.support.terminal import desk, make_desk
from tests.typing.conftest import keymaps

__all__ = ["desk", "keymaps", "make_desk"]
