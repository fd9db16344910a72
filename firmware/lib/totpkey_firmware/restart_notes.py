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
_TRIES = 4
_KEPT = 6
_IS_KEPT = "K"
_KEY = 8
_KEY_SIZE = 64
#: Known to the drive's `start` too, which takes it if it is a slot.
_TRIAL = 72
#: Instead of a slot: a board test.
TEST = "T"


def _write(at: int, note: str) -> None:
    value = ord(note) if note else 0
    alarm.sleep_memory[at] = value
    alarm.sleep_memory[at + 1] = value ^ 0xFF if note else 0


def _read(at: int) -> str:
    value, complement = alarm.sleep_memory[at], alarm.sleep_memory[at + 1]
    return chr(value) if value and value ^ 0xFF == complement else ""


def _take(at: int) -> str:
    note = _read(at)
    _write(at, "")
    return note


def request(face: str) -> None:
    """Ask the next start for a face; "" asks for none."""
    _write(_FACE, face)


def take_request() -> str:
    """The face that was asked for, once: a later reset comes up as after a plug-in."""
    return _take(_FACE)


def note_trial(slot: str) -> None:
    """Have the next start, and no other, take the firmware in that slot; or TEST the board."""
    _write(_TRIAL, slot)


def take_test() -> bool:
    """Whether this start is for a board test."""
    return _take(_TRIAL) == TEST


def note_crash() -> None:
    """Remember that the firmware stopped with an error."""
    _write(_CRASH, _CRASHED)


def take_crash() -> bool:
    """Whether the start before this one ended with an error."""
    return _take(_CRASH) == _CRASHED


def tries() -> int:
    """How many PINs in a row were tried since power came."""
    note = _read(_TRIES)
    return ord(note) if note else 0


def note_tries(count: int) -> None:
    """Remember how many PINs were tried."""
    _write(_TRIES, chr(count) if count else "")


def keep_key(key: bytearray) -> None:
    """Hand a data key to the next start, and wipe it here."""
    for at in range(_KEY_SIZE):
        alarm.sleep_memory[_KEY + at] = key[at]
        key[at] = 0
    _write(_KEPT, _IS_KEPT)


def take_key() -> "bytearray | None":
    """The data key that the start before this one has left, once."""
    kept = _take(_KEPT) == _IS_KEPT
    key = bytearray(_KEY_SIZE)
    for at in range(_KEY_SIZE):
        key[at] = alarm.sleep_memory[_KEY + at]
        alarm.sleep_memory[_KEY + at] = 0
    return key if kept else None
