"""What a thief finds in the key's flash."""

from __future__ import annotations

import struct

from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from tests.flash import attacker
from tests.life import nature
from tests.life.expected import require
from tests.life.world import World
from totpkey.accounts.account import Account

_EXPORT = b"totpkey export"
_ALGORITHMS, _TYPES = ("SHA1", "SHA256", "SHA512"), ("totp", "hotp", "steam")


def opened(sealed: bytes, derived: bytes) -> Account:
    """An account of a backup, as docs/reference/backup-file.md and storage.md have it."""
    key = HKDFExpand(SHA256(), 64, _EXPORT).derive(derived)
    record = AESSIV(key).decrypt(sealed, [_EXPORT])
    _, algorithm, digits, period, *sizes = struct.unpack_from("<IBBHHHB", record)
    fields, at = [], 13
    for size in sizes:
        fields.append(record[at : at + size])
        at += size
    issuer, label, secret = fields
    kind, counter = struct.unpack_from("<BI", record, at)
    recipe = record[at + 5 :].decode()
    names = issuer.decode(), label.decode(), secret
    return Account(*names, _ALGORITHMS[algorithm], digits, period, _TYPES[kind], counter, recipe=recipe)


def look(world: World) -> None:
    """Dump the flash of a key whose state is certain: its lock holds, and what is gone is gone."""
    state, flash = world.expected.state, world.key.flash
    present = {account.secret for account in state.accounts}
    if state.lockable:
        require(not attacker.stolen(flash), "Sealed", "a dump of a locked key gives secrets without the lock")
    if state.bound:
        opens = attacker.stolen(flash, state.pin)
        require(not opens, "Sealed", "a dump opens with the PIN, without the element that checks it")
    stolen = attacker.stolen(flash, state.pin, state.derived)
    # What a worn cell keeps from being blanked is the flash's fault (docs/reference/storage.md).
    gone = nature.is_worn(world) or not stolen & world.expected.gone
    require(gone, "Gone", "a removed account is still in flash")
    sealed = state.bound and state.derived is None
    require(sealed or present <= stolen, "Sealed", "the lock does not open all accounts of the dump")


def look_for_removed(world: World) -> None:
    """Dump the flash right after a removal was acknowledged."""
    if len(world.expected.possible) == 1 and not nature.is_worn(world):
        state = world.expected.state
        stolen = attacker.stolen(world.key.flash, state.pin, state.derived)
        require(not stolen & world.expected.gone, "Gone", "an account is in flash just after its removal")


def look_for_spent(world: World, pin: str) -> None:
    """Dump the flash right after the last try for this PIN was used up: it opens nothing any more."""
    if len(world.expected.possible) == 1 and not nature.is_worn(world):
        opens = attacker.stolen(world.key.flash, pin)
        require(not opens, "Eight tries", "a dump opens with the PIN after eight wrong ones")
