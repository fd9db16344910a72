"""Updates: the key writes new firmware into the slot that is not in use.

Why a cut loses nothing: the slot in use and its seal are never touched. The other slot has no seal while it
is written. The new firmware writes its own seal, in one page, after it has run and a computer has talked to
it. No write touches the FAT, a directory outside that slot, or the vault.
"""

import hashlib
import os
import struct
import sys
from binascii import crc32

from totpkey_protocol import slots
from totpkey_protocol.errors import BAD_UPDATE, STORAGE, Refusal

from ..crypto.siv import equal
from ..store.flash_file import flush, kept_open, read_at, write_at

#: The magic of a slot that is complete but was not started yet. The rest of the seal is the same.
_READY = b"TPKR"
#: The number of bytes that are read and written at once: one FAT sector, because setup's heap has no larger
#: free blocks. CircuitPython collects these in a flash sector, and writes it when another begins, or after a
#: second.
_PIECE = 512


def running() -> str:
    """The slot that this firmware runs from; NONE on a drive that was copied file by file."""
    try:
        os.stat("/" + slots.SEALS)
    except OSError:
        return slots.NONE
    return slots.SLOTS[1 if sys.path[0] == "/" + slots.SLOTS[1][1] else 0][0]


def is_kept() -> bool:
    """Whether the next start uses the slot that runs now."""
    slot = running()
    if slot == slots.NONE:
        return True
    own, others = _sequence(slot), _sequence(slots.other(slot))
    # If no seal is valid, the first slot is started.
    return own > others or (own == others and slots.number(slot) == 0)


def keep() -> None:
    """Make every start use the slot that runs now. Raises Refusal (storage, bad_update)."""
    if is_kept():
        return
    slot = running()
    magic, _, length, digest = struct.unpack(slots.SEAL, _read_seal(slot)[: slots.SEAL_SIZE])
    if magic != _READY or not matches(slot, length, digest):
        raise Refusal(BAD_UPDATE)
    _seal(slot, slots.MAGIC, length, digest)


def matches(slot: str, length: int, digest: bytes) -> bool:
    """Whether the first `length` bytes of a slot have this SHA-256. Raises Refusal (storage)."""
    file = kept_open(slots.SLOTS[slots.number(slot)][2])
    buffer = memoryview(bytearray(_PIECE))
    computed = hashlib.new("sha256", b"")
    for at in range(0, length, _PIECE):
        piece = buffer[: min(_PIECE, length - at)]
        read_at(file, at, piece)
        computed.update(piece)
    return equal(computed.digest(), digest)


def digest() -> bytes:
    """The SHA-256 in the seal of the slot that runs now; empty without a seal."""
    slot = running()
    if slot == slots.NONE:
        return b""
    magic, _, _, told = struct.unpack(slots.SEAL, _read_seal(slot)[: slots.SEAL_SIZE])
    return told if magic in (slots.MAGIC, _READY) else b""


def is_intact() -> bool:
    """Whether the slot that runs now matches its seal; true on a drive without slots. Raises Refusal."""
    slot = running()
    if slot == slots.NONE:
        return True
    _, _, length, digest = struct.unpack(slots.SEAL, _read_seal(slot)[: slots.SEAL_SIZE])
    return length <= slots.SIZE and matches(slot, length, digest)


class Update:
    """An update of the other slot, while its bytes arrive. Methods raise Refusal (storage, bad_update)."""

    def __init__(self, length: int, digest: bytes) -> None:
        """Invalidate the other slot. `digest`: the SHA-256 of the `length` bytes that will come."""
        # While this firmware is on trial, the other slot holds the one that the next start falls back to.
        if running() == slots.NONE or not is_kept():
            raise Refusal(BAD_UPDATE)
        self.slot = slots.other(running())
        self._length = length
        self._digest = digest
        self._file = kept_open(slots.SLOTS[slots.number(self.slot)][2])
        self._piece = bytearray(_PIECE)
        self.taken = 0
        _write_seal(self.slot, b"")

    def take(self, at: int, data: bytes) -> None:
        """Store the bytes from `at` on. They must follow the previous ones directly."""
        if at != self.taken or at + len(data) > self._length:
            raise Refusal(BAD_UPDATE)
        view = memoryview(data)
        while len(view):
            within = self.taken % _PIECE
            fits = min(_PIECE - within, len(view))
            self._piece[within : within + fits] = view[:fits]
            view = view[fits:]
            self.taken += fits
            # After the end the last piece still has bytes of the one before. They are ignored.
            if self.taken % _PIECE == 0 or self.taken == self._length:
                write_at(self._file, self.taken - within - fits, self._piece)

    def finish(self) -> None:
        """Verify the complete update in flash, and let it be started once."""
        flush()
        if self.taken != self._length or not matches(self.slot, self._length, self._digest):
            raise Refusal(BAD_UPDATE)
        _seal(self.slot, _READY, self._length, self._digest)


def _seal(slot: str, magic: bytes, length: int, digest: bytes) -> None:
    sequence = max(_sequence(name) for name, _, _ in slots.SLOTS) + 1
    seal = struct.pack(slots.SEAL, magic, sequence, length, digest)
    seal += crc32(seal).to_bytes(4, "little")
    _write_seal(slot, seal)
    if _read_seal(slot) != seal:
        raise Refusal(STORAGE)


def _write_seal(slot: str, seal: bytes) -> None:
    """Write the slot's seal, or blank it if `seal` is empty: one erase, and one program that matters."""
    write_at(kept_open(slots.SEALS), slots.number(slot) * slots.STRIDE, seal + b"\xff" * (_PIECE - len(seal)))
    flush()


def _sequence(slot: str) -> int:
    """The sequence number in the slot's seal; -1 without a valid seal."""
    seal = _read_seal(slot)
    whole = crc32(seal[: slots.SEAL_SIZE]) == int.from_bytes(seal[slots.SEAL_SIZE :], "little")
    return int.from_bytes(seal[4:8], "little") if whole and seal[:4] == slots.MAGIC else -1


def _read_seal(slot: str) -> bytes:
    seal = bytearray(slots.SEAL_SIZE + 4)
    read_at(kept_open(slots.SEALS), slots.number(slot) * slots.STRIDE, seal)
    return bytes(seal)
