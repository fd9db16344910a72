"""A thief's reader: opens a vault from a dump of the flash, written after docs/storage.md alone.

Nothing of the firmware is used, only PyCA `cryptography`. It is as persistent as a thief: whatever looks like
a whole page counts, wherever it lies, whether or not a newer one has taken its place.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

MAGIC, HEAD, LONGEST = b"TPK2", 16, 4080
SLOTS, RECORDS = 1, 5
SLOTS_HEAD, SLOT_HEAD, WRAPPED = 18, 24, 80
DEVICE, PIN, PASSPHRASE = 1, 2, 3
_INFO = {DEVICE: b"totpkey slot device", PIN: b"totpkey slot pin", PASSPHRASE: b"totpkey slot passphrase"}


@dataclass(frozen=True)
class Page:
    """A whole page: where it lies in flash, and what it says of itself."""

    address: int
    kind: int
    bucket: int
    sequence: int
    payload: bytes


@dataclass(frozen=True)
class Slot:
    """A key slot, with what it is bound to."""

    kind: int
    salt: bytes
    cost: int
    head: bytes
    settled: bytes
    wrapped: bytes

    def open(self, secret: bytes) -> bytes | None:
        """The data key, if that is the slot's secret."""
        key = HKDFExpand(SHA256(), 64, _INFO[self.kind]).derive(secret)
        try:
            return AESSIV(key).decrypt(self.wrapped, [self.settled, self.head])
        except InvalidTag:
            return None


def pages(flash: bytes) -> list[Page]:
    """Every whole page, at whatever address."""
    found = []
    at = flash.find(MAGIC)
    while at >= 0:
        page = _page(flash, at)
        if page:
            found.append(page)
        at = flash.find(MAGIC, at + 1)
    return found


def _page(flash: bytes, at: int) -> Page | None:
    if at + HEAD > len(flash):
        return None
    kind, bucket, length, sequence, checksum = struct.unpack_from("<BBHII", flash, at + 4)
    payload = flash[at + HEAD : at + HEAD + length]
    if length > LONGEST or zlib.crc32(flash[at : at + 12] + payload) != checksum:
        return None
    return Page(at, kind, bucket, sequence, payload)


def slots(flash: bytes) -> Iterator[Slot]:
    """Every key slot on every whole page."""
    for page in pages(flash):
        if page.kind == SLOTS:
            settled = page.payload[:2]
            for at in range(SLOTS_HEAD, len(page.payload), SLOT_HEAD + WRAPPED):
                head = page.payload[at : at + SLOT_HEAD]
                kind, salt, cost = struct.unpack_from("<B16sI", head)
                wrapped = page.payload[at + SLOT_HEAD : at + SLOT_HEAD + WRAPPED]
                yield Slot(kind, salt, cost, head, settled, wrapped)


def secret_of_pin(pin: str, slot: Slot) -> bytes:
    """What a PIN gives; some 2 200 iterations, for which a thief's computer needs no second."""
    return PBKDF2HMAC(SHA256(), 32, slot.salt, slot.cost).derive(pin.encode())


def data_keys(flash: bytes, pin: str | None = None, derived: bytes | None = None) -> set[bytes]:
    """Every data key that opens: by nothing, by `pin`, by what is `derived` from a passphrase."""
    keys = set()
    for slot in slots(flash):
        secrets = {DEVICE: slot.salt, PASSPHRASE: derived}
        secret = secrets.get(slot.kind)
        if slot.kind == PIN and pin is not None:
            secret = secret_of_pin(pin, slot)
        key = slot.open(secret) if secret is not None else None
        if key is not None:
            keys.add(key)
    return keys


def account_secrets(flash: bytes, data_key: bytes) -> set[bytes]:
    """The secrets in every page of records that opens, older ones too."""
    found = set()
    for page in pages(flash):
        if page.kind == RECORDS:
            try:
                records = AESSIV(data_key).decrypt(page.payload, [bytes((page.kind, page.bucket))])
            except InvalidTag:
                continue
            found |= set(_secrets(records))
    return found


def _secrets(records: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(records):
        (length,) = struct.unpack_from("<H", records, at)
        issuer, label, secret = struct.unpack_from("<HHB", records, at + 10)
        start = at + 15 + issuer + label
        yield records[start : start + secret]
        at += 2 + length


def stolen(flash: bytes, pin: str | None = None, derived: bytes | None = None) -> set[bytes]:
    """All account secrets that this dump gives away."""
    keys = data_keys(flash, pin, derived)
    return {secret for key in keys for secret in account_secrets(flash, key)}
