"""A thief with dumps of the flash and the element in his hand, which he drives with a program of his own.

Written after docs/reference/storage.md and docs/concepts/element.md, without code of the firmware: only PyCA
`cryptography`.
What a slot of the element would give for the right PIN is what counts: each slot answers once, so he has as
many tries as there are slots that would still open something for it.
"""

from __future__ import annotations

import contextlib
import hmac
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from tests.flash import attacker
from totpkey_virtual.secure_element import Memory

ELEMENT, WITH_ELEMENT = 10, 4
TRIES, KEY = 8, 32
SEALED_AT = 1 + 1 + 32
HIDDEN_AT = SEALED_AT + 48


@dataclass(frozen=True)
class Loot:
    """What dumps of one key's flash held, whichever pages were in force."""

    slots: frozenset[attacker.Slot]
    #: A bank and its page.
    banks: frozenset[tuple[int, bytes]]

    def __or__(self, other: Loot) -> Loot:
        return Loot(self.slots | other.slots, self.banks | other.banks)


NOTHING = Loot(frozenset(), frozenset())


def loot(flash: bytes) -> Loot:
    banks = {(page.bucket, page.payload) for page in attacker.pages(flash) if page.kind == ELEMENT}
    return Loot(
        frozenset(slot for slot in attacker.slots(flash) if slot.kind == WITH_ELEMENT), frozenset(banks)
    )


def renewing(flash: bytes, data_key: bytes) -> set[bytes]:
    """All S that are sealed for the owner of this data key: with one, slots are made sound again."""
    secrets = set()
    for page in attacker.pages(flash):
        if page.kind == ELEMENT:
            with contextlib.suppress(InvalidTag):
                secrets.add(AESSIV(data_key).decrypt(page.payload[SEALED_AT:HIDDEN_AT], [page.name]))
    return secrets


def usable(found: Loot, memory: Memory, pins: Iterable[str]) -> set[int]:
    """The element's slots that would open the vault for one of these PINs: his tries."""
    slots = set()
    for pin in pins:
        for slot in found.slots:
            pin_key = attacker.secret_of_pin(pin, slot)
            for bank, page in found.banks:
                if bank == struct.unpack_from("<H", slot.head, 21)[0]:
                    slots |= set(_opening(slot, pin_key, bank, page, memory))
    return slots


def _opening(slot: attacker.Slot, pin_key: bytes, bank: int, page: bytes, memory: Memory) -> Iterable[int]:
    attempt = hmac.digest(pin_key, b"totpkey element try", "sha256")
    for number in range(TRIES):
        answer = peek(memory, TRIES * bank + number, attempt)
        mask = hmac.digest(answer, pin_key, "sha256")
        hidden = page[HIDDEN_AT + KEY * number :][:KEY]
        secret = bytes(one ^ other for one, other in zip(hidden, mask, strict=True))
        if opens(slot, pin_key + secret):
            yield TRIES * bank + number


def opens(slot: attacker.Slot, secret: bytes) -> bool:
    key = HKDFExpand(SHA256(), 64, b"totpkey slot element").derive(secret)
    try:
        AESSIV(key).decrypt(slot.wrapped, [slot.settled, slot.head])
    except InvalidTag:
        return False
    return True


def peek(memory: Memory, slot: int, data: bytes) -> bytes:
    """What that slot would answer, without its being destroyed: he could not do that."""
    kept = memory._slots[slot], memory.wear[slot], list(memory.steps), memory.cut_at
    memory.cut_at = None
    try:
        return memory.mac_and_destroy(slot, data)
    finally:
        memory._slots[slot], memory.wear[slot], memory.steps[:], memory.cut_at = kept
