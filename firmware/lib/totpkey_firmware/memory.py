"""What one start of the chip tells the next: notes in RAM that a reset keeps and a power cut clears.

`alarm.sleep_memory` costs no flash write. Each note is stored with its complement, so that whatever RAM
holds after a power cut is not taken for one.
"""

import alarm

#: Faces that can be asked for.
SETUP = "S"
EVERYDAY = "E"

_FACE = 0
_CRASH = 2
_CRASHED = "C"


def _write(at: int, note: str) -> None:
    value = ord(note) if note else 0
    alarm.sleep_memory[at] = value
    alarm.sleep_memory[at + 1] = value ^ 0xFF if note else 0


def _take(at: int) -> str:
    value, complement = alarm.sleep_memory[at], alarm.sleep_memory[at + 1]
    _write(at, "")
    return chr(value) if value and value ^ 0xFF == complement else ""


def request(face: str) -> None:
    """Ask the next start for a face; "" asks for none."""
    _write(_FACE, face)


def take_request() -> str:
    """The face that was asked for, once: a later reset comes up as after a plug-in."""
    return _take(_FACE)


def note_crash() -> None:
    """Remember that the firmware stopped with an error."""
    _write(_CRASH, _CRASHED)


def take_crash() -> bool:
    """Whether the start before this one ended with an error."""
    return _take(_CRASH) == _CRASHED
