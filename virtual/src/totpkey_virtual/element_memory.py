"""What a TROPIC01 keeps without power: its keys, pairing keys, slots of MAC-and-Destroy, and their wear."""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

MAC_SLOTS, PAIRING_SLOTS = 128, 4
#: How often a slot can be written; what comes later is lost (a guess: the data sheet says it of R-Memory).
ENDURANCE = 100_000
#: What an erased slot holds.
ERASED = b"\xff" * 32

DONE, FAILED, UNAUTHORIZED, INVALID_COMMAND = 0xC3, 0x3C, 0x01, 0x02
PAIRING_KEY_EMPTY, PAIRING_KEY_INVALID = 0x15, 0x16


class PowerFailed(Exception):
    """The power failed while the element worked."""


class Refused(Exception):
    """A command was not carried out."""

    def __init__(self, result: int) -> None:
        super().__init__(result)
        self.result = result


class Memory:
    """The memory of one element. `factory` is the public key in pairing slot 0, as it comes from its maker.

    Each write can be cut short: `steps` names what it did since power-on, `cut_at` is the number of the step
    after which the power fails.
    """

    def __init__(self, factory: bytes, entropy: Callable[[int], bytes] = os.urandom) -> None:
        self.entropy = entropy
        self.private = entropy(32)
        self.chip_id = (b"\x01\x00\x00\x00".ljust(28, b"\0") + b"ABAB" + entropy(64)).ljust(128, b"\0")
        #: b"": blank; None: made invalid.
        self._pairing: list[bytes | None] = [factory, b"", b"", b""]
        self._mac_keys = entropy(32), entropy(32)
        self._slots = [ERASED] * MAC_SLOTS
        #: How often each slot was written.
        self.wear = [0] * MAC_SLOTS
        self.steps: list[str] = []
        self.cut_at: int | None = None

    @property
    def public(self) -> bytes:
        return X25519PrivateKey.from_private_bytes(self.private).public_key().public_bytes_raw()

    def step(self, name: str) -> None:
        """Something was done. Raises PowerFailed if the power fails right after it."""
        self.steps.append(name)
        if self.cut_at == len(self.steps) - 1:
            raise PowerFailed

    # Pairing keys

    def pairing_key(self, slot: int) -> bytes | None:
        """The public key in a slot that may open a session, else None."""
        return self._pairing[slot] or None if slot < PAIRING_SLOTS else None

    def read_pairing_key(self, slot: int) -> bytes:
        key = self._pairing[_checked(slot, PAIRING_SLOTS)]
        if not key:
            raise Refused(PAIRING_KEY_INVALID if key is None else PAIRING_KEY_EMPTY)
        return key

    def write_pairing_key(self, slot: int, key: bytes) -> None:
        if self._pairing[_checked(slot, PAIRING_SLOTS)] != b"":
            raise Refused(FAILED)
        self._pairing[slot] = key
        self.step(f"pairing key {slot} written")

    def invalidate_pairing_key(self, slot: int) -> None:
        if self._pairing[_checked(slot, PAIRING_SLOTS)] == b"":
            raise Refused(FAILED)
        self._pairing[slot] = None
        self.step(f"pairing key {slot} made invalid")

    # MAC-and-Destroy

    def mac_and_destroy(self, slot: int, data: bytes) -> bytes:
        """What the slot held and what `data` makes, through a key; then the slot holds what `data` makes.

        The chip's functions are KMAC256 under keys that never leave it: from outside they look like these.
        """
        number = bytes([_checked(slot, MAC_SLOTS)])
        held, self._slots[slot] = self._slots[slot], ERASED
        self.step(f"slot {slot} erased")
        made = hmac.digest(self._mac_keys[0], data + number, sha256)
        self.wear[slot] += 1
        if self.wear[slot] <= ENDURANCE:
            self._slots[slot] = made
        self.step(f"slot {slot} written")
        return hmac.digest(self._mac_keys[1], held + self._slots[slot] + number, sha256)


def _checked(slot: int, slots: int) -> int:
    if slot >= slots:
        raise Refused(UNAUTHORIZED)
    return slot
