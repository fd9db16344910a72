"""The firmware's own replacement, written by the key itself into the slot that is not in use.

Why a cut loses nothing: the slot in use and its seal are never touched. The other slot has no seal while it
is written, and its seal is written, in one page, by the new firmware once it has run and a computer has
talked to it. No write touches the FAT, a directory outside that slot, or the vault.
"""

import hashlib
import os
import struct
import sys
from binascii import crc32

from totpkey_protocol import slots
from totpkey_protocol.errors import BAD_UPDATE, STORAGE, Refusal

from ..store.flash_file import flush, kept_open, read_at, write_at

#: A seal that is complete but for its magic: the slot is whole, and was not started yet.
_READY = b"TPKR"
#: So much is read and written at once, a sector of the FAT: setup's heap has little in one piece.
#: CircuitPython gathers these into a sector of flash, and writes it when another is begun, or after a second.
_PIECE = 512


def running() -> str:
    """The slot that this firmware runs from, NONE on a drive that was copied file by file."""
    try:
        os.stat("/" + slots.SEALS)
    except OSError:
        return slots.NONE
    return slots.SLOTS[1 if sys.path[0] == "/" + slots.SLOTS[1][1] else 0][0]


def is_kept() -> bool:
    """Whether the next start takes the slot that runs now."""
    slot = running()
    if slot == slots.NONE:
        return True
    own, others = _sequence(slot), _sequence(slots.other(slot))
    # Where no seal is whole, the first slot is started.
    return own > others or (own == others and slots.number(slot) == 0)


def keep() -> None:
    """From now on, every start takes the slot that runs now. Raises Refusal (storage, bad_update)."""
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
    return computed.digest() == digest


def digest() -> bytes:
    """The SHA-256 that the seal of the slot that runs now tells; empty without a seal."""
    slot = running()
    if slot == slots.NONE:
        return b""
    magic, _, _, told = struct.unpack(slots.SEAL, _read_seal(slot)[: slots.SEAL_SIZE])
    return told if magic in (slots.MAGIC, _READY) else b""


def is_intact() -> bool:
    """Whether the slot that runs now holds what its seal says; a drive without slots does. Raises Refusal."""
    slot = running()
    if slot == slots.NONE:
        return True
    _, _, length, digest = struct.unpack(slots.SEAL, _read_seal(slot)[: slots.SEAL_SIZE])
    return length <= slots.SIZE and matches(slot, length, digest)


class Update:
    """A new content for the other slot, on its way. Methods raise Refusal (storage, bad_update)."""

    def __init__(self, length: int, digest: bytes) -> None:
        """`digest`: the SHA-256 of the `length` bytes to come. What the slot held before is given up."""
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
        """The bytes from `at` on, which follow those before."""
        if at != self.taken or at + len(data) > self._length:
            raise Refusal(BAD_UPDATE)
        view = memoryview(data)
        while len(view):
            within = self.taken % _PIECE
            fits = min(_PIECE - within, len(view))
            self._piece[within : within + fits] = view[:fits]
            view = view[fits:]
            self.taken += fits
            # Behind the end lies what the piece before has left, and counts for nothing.
            if self.taken % _PIECE == 0 or self.taken == self._length:
                write_at(self._file, self.taken - within - fits, self._piece)

    def finish(self) -> None:
        """All has come: see that it lies in flash as it should, and make it ready to be started once."""
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
    """Put this, or nothing, where the slot's seal stands: one erase, and one program that matters."""
    write_at(kept_open(slots.SEALS), slots.number(slot) * slots.STRIDE, seal + b"\xff" * (_PIECE - len(seal)))
    flush()


def _sequence(slot: str) -> int:
    """The number of the slot's seal, -1 if it has none that is whole."""
    seal = _read_seal(slot)
    whole = crc32(seal[: slots.SEAL_SIZE]) == int.from_bytes(seal[slots.SEAL_SIZE :], "little")
    return int.from_bytes(seal[4:8], "little") if whole and seal[:4] == slots.MAGIC else -1


def _read_seal(slot: str) -> bytes:
    seal = bytearray(slots.SEAL_SIZE + 4)
    read_at(kept_open(slots.SEALS), slots.number(slot) * slots.STRIDE, seal)
    return bytes(seal)
