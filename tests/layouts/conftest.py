"""A simulated key at a serial port, a terminal to run commands in, and real keymaps."""

from tests.support.terminal import desk, make_desk
from tests.typing.conftest import keymaps

__all__ = ["desk", "keymaps", "make_desk"]
