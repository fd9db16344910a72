"""Whether the key shows a serial port: decided once, at start."""

from . import restart_notes
from .store.glance import is_new


def setup_wanted() -> bool:
    """Whether to come up as keyboard and serial port: when asked to by the button, or while blank.

    A board test is for a blank key. `loop.run` then takes its note.
    """
    request = restart_notes.take_request()
    if request == restart_notes.EVERYDAY:
        return False
    if request == restart_notes.TEST and is_new():
        restart_notes.request(restart_notes.TEST)
        return True
    return request == restart_notes.SETUP or is_new()
