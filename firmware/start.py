"""Which of the drive's two copies of the firmware to start: for boot.py, and like it never updated.

The format of the seals is in `totpkey_protocol.slots`, which lies in a slot itself and may be torn.
"""

from binascii import crc32

import alarm

_SEALS = "/slots/seals.bin"
_STRIDE = 8192
#: A seal's magic, the bytes that its CRC covers, and where its sequence number stands.
_MAGIC = b"TPKF"
_SIZE = 44
#: Where in RAM an update asks for one start of a slot that has no seal yet: see `restart_notes`.
_TRIAL = 72


def in_second_slot() -> bool:
    """Whether to start the second slot. A drive without slots has none."""
    slot, complement = alarm.sleep_memory[_TRIAL], alarm.sleep_memory[_TRIAL + 1]
    if slot in (ord("a"), ord("b")) and slot ^ 0xFF == complement:
        # Once: should it fail, the next start is that of the firmware that was there before.
        alarm.sleep_memory[_TRIAL] = alarm.sleep_memory[_TRIAL + 1] = 0
        return slot == ord("b")
    try:
        with open(_SEALS, "rb") as seals:
            first = _sequence(seals.read(_SIZE + 4))
            seals.seek(_STRIDE)
            return _sequence(seals.read(_SIZE + 4)) > first
    except OSError:
        return False


def _sequence(seal: bytes) -> int:
    """The number of a whole seal, -1 for one that is torn or missing."""
    if seal[:4] != _MAGIC or crc32(seal[:_SIZE]) != int.from_bytes(seal[_SIZE:], "little"):
        return -1
    return int.from_bytes(seal[4:8], "little")
