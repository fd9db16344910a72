"""Which of its two faces the key shows: decided once, at start."""

from . import memory
from .vault import pages


def setup_wanted() -> bool:
    """Whether to come up as keyboard and serial port: when asked to by the button, or while blank."""
    request = memory.take_request()
    if request == memory.EVERYDAY:
        return False
    return request == memory.SETUP or pages.is_new()
