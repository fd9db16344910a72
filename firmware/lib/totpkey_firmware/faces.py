"""Which of its two faces the key shows: decided once, at start."""

from . import restart_notes
from .store.glance import is_new


def setup_wanted() -> bool:
    """Whether to come up as keyboard and serial port: when asked to by the button, or while blank."""
    request = restart_notes.take_request()
    if request == restart_notes.EVERYDAY:
        return False
    return request == restart_notes.SETUP or is_new()
