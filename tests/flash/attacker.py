"""A thief's reader: opens a vault from a flash dump, written only from docs/reference/storage.md.

It uses PyCA `cryptography` and none of the firmware's code. Like a persistent thief it considers everything
that looks like a complete page, wherever it is and even if a newer page has replaced it.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

MAGIC, HEAD, LONGEST = b"TPK3", 16, 4080
SLOTS, RECORDS, TYPING, USES, CARD, JOURNAL, LOANS = 1, 5, 7, 9, 11, 12, 13
TAG = 16
SLOTS_HEAD, SLOT_HEAD, WRAPPED = 18, 24, 80
DEVICE, PIN, PASSPHRASE = 1, 2, 3
RENEWING = 2
_INFO = {DEVICE: b"totpkey slot device", PIN: b"totpkey slot pin", PASSPHRASE: b"totpkey slot passphrase"}


@dataclass(frozen=True)
class Page:
    """A complete page: its address and the fields of its header."""

    address: int
    kind: int
    bucket: int
    sequence: int
    payload: bytes

    @property
    def name(self) -> bytes:
        """What its payload is sealed or tagged with, beside the data key."""
        return struct.pack("<BBI", self.kind, self.bucket, self.sequence)


@dataclass(frozen=True)
class Slot:
    """A key slot, with the data that its encryption authenticates."""

    kind: int
    salt: bytes
    cost: int
    head: bytes
    settled: bytes
    wrapped: bytes
    #: An older data key, sealed under the one that the slot wraps; empty if there is none.
    older: bytes = b""

    def open(self, secret: bytes) -> bytes | None:
        """Return the data key, or None if `secret` is not the slot's secret."""
        key = HKDFExpand(SHA256(), 64, _INFO[self.kind]).derive(secret)
        try:
            return AESSIV(key).decrypt(self.wrapped, [self.settled, self.head])
        except InvalidTag:
            return None


def pages(flash: bytes) -> list[Page]:
    """Return every complete page at any address."""
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
    """Yield every key slot on every complete page."""
    for page in pages(flash):
        if page.kind == SLOTS:
            renewing = page.payload[1] & RENEWING
            settled = bytes((page.payload[0], page.payload[1] & ~RENEWING))
            end = len(page.payload) - (WRAPPED if renewing else 0)
            for at in range(SLOTS_HEAD, end, SLOT_HEAD + WRAPPED):
                head = page.payload[at : at + SLOT_HEAD]
                kind, salt, cost = struct.unpack_from("<B16sI", head)
                wrapped = page.payload[at + SLOT_HEAD : at + SLOT_HEAD + WRAPPED]
                yield Slot(kind, salt, cost, head, settled, wrapped, page.payload[end:])


def secret_of_pin(pin: str, slot: Slot) -> bytes:
    """Derive a PIN's secret with about 2200 iterations, which take a thief's computer less than a second."""
    return PBKDF2HMAC(SHA256(), 32, slot.salt, slot.cost).derive(pin.encode())


def data_keys(flash: bytes, pin: str | None = None, derived: bytes | None = None) -> set[bytes]:
    """Return all data keys that open: without a secret, with `pin`, or with a `derived` passphrase."""
    keys = set()
    for slot in slots(flash):
        secrets = {DEVICE: slot.salt, PASSPHRASE: derived}
        secret = secrets.get(slot.kind)
        if slot.kind == PIN and pin is not None:
            secret = secret_of_pin(pin, slot)
        key = slot.open(secret) if secret is not None else None
        if key is not None:
            keys.add(key)
            if slot.older:
                keys.add(AESSIV(key).decrypt(slot.older, [b"totpkey older data key"]))
    return keys


def account_secrets(flash: bytes, data_key: bytes) -> set[bytes]:
    """Return the secrets in every page of records that can be decrypted, including old pages."""
    return {secret for records in _held(flash, data_key, RECORDS) for secret in _secrets(records)}


def copies(flash: bytes, secret: bytes) -> int:
    """Return in how many pages of an unlocked vault the secret stands."""
    held = (records for key in data_keys(flash) for records in _held(flash, key, RECORDS))
    return sum(secret in _secrets(records) for records in held)


def opened(flash: bytes, data_key: bytes) -> list[Page]:
    """Return all pages that this data key opens: INDEX, RECORDS, JOURNAL and, by its tag, TYPING."""
    return [page for page in pages(flash) if _opens(page, data_key)]


def _opens(page: Page, data_key: bytes) -> bool:
    content, names = page.payload, [page.name]
    if page.kind == TYPING:
        content, names = page.payload[-TAG:], [page.name, page.payload[:-TAG]]
    if page.kind == JOURNAL:
        content, names = page.payload[1:], [page.name, page.payload[:1]]
    try:
        AESSIV(data_key).decrypt(content, names)
    except (InvalidTag, ValueError):
        return False
    return True


def _held(flash: bytes, data_key: bytes, kind: int) -> Iterator[bytes]:
    """Yield what the pages of a kind hold that this data key opens, including old pages."""
    for page in pages(flash):
        if page.kind == kind:
            with suppress(InvalidTag, ValueError):
                yield AESSIV(data_key).decrypt(page.payload, [page.name])


def _secrets(records: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(records):
        (length,) = struct.unpack_from("<H", records, at)
        issuer, label, secret = struct.unpack_from("<HHB", records, at + 10)
        start = at + 15 + issuer + label
        yield records[start : start + secret]
        at += 2 + length


@dataclass(frozen=True)
class Card:
    """A key's card: its name, both halves of its key pair, and what was borrowed with it."""

    name: str
    private: bytes
    public: bytes
    #: For each account the mark of its secret, when its newest file was made, and its identifier.
    borrowed: tuple[tuple[bytes, int, int], ...]


def cards(flash: bytes, data_key: bytes) -> list[Card]:
    """Return the cards on every page that this data key opens, including old pages."""
    return [_card(content) for content in _held(flash, data_key, CARD)]


def _card(content: bytes) -> Card:
    version, length, private, public = struct.unpack_from("<BB32s32s", content)
    assert version == 1
    entries = struct.iter_unpack("<8sII", content[66 + length :])
    return Card(content[66 : 66 + length].decode(), private, public, tuple(entries))


@dataclass(frozen=True)
class Loan:
    """One loan in the book. `card`: the first 8 bytes of SHA-256 of its public half."""

    number: int
    account: int
    card: bytes
    lent: int
    end: bytes
    back: int
    name: str


def books(flash: bytes, data_key: bytes) -> list[tuple[int, int, list[Loan]]]:
    """Return the books on every page that this data key opens: whether one before was lost, how many loans
    there ever were, and those that are kept.
    """
    return [_book(content) for content in _held(flash, data_key, LOANS)]


def _book(content: bytes) -> tuple[int, int, list[Loan]]:
    version, lost, count = struct.unpack_from("<BBI", content)
    assert version == 1
    loans, at = [], 6
    while at < len(content):
        number, account, card, lent, end, back, length = struct.unpack_from("<II8sI12sIB", content, at)
        at += 37 + length
        loans.append(Loan(number, account, card, lent, end, back, content[at - length : at].decode()))
    assert at == len(content)
    return lost, count, loans


def stolen(flash: bytes, pin: str | None = None, derived: bytes | None = None) -> set[bytes]:
    """Return all account secrets that this dump reveals."""
    keys = data_keys(flash, pin, derived)
    return {secret for key in keys for secret in account_secrets(flash, key)}


# The journal


@dataclass(frozen=True)
class Journal:
    """A page of the journal: the generation that it includes, where its chain begins, the hash before its
    entries, how many were dropped, and its entries of 9 bytes.
    """

    generation: int
    name: bytes
    before: bytes
    dropped: int
    entries: tuple[bytes, ...]


def journal(flash: bytes, data_key: bytes) -> Journal | None:
    """Return the newest page of the journal that this key opens."""
    found = [page for page in opened(flash, data_key) if page.kind == JOURNAL]
    if not found:
        return None
    page = max(found, key=lambda page: page.sequence)
    content = AESSIV(data_key).decrypt(page.payload[1:], [page.name, page.payload[:1]])
    (dropped,) = struct.unpack_from("<I", content, 32)
    entries = tuple(content[at : at + 9] for at in range(36, len(content), 9))
    return Journal(page.payload[0], content[:16], content[16:32], dropped, entries)


def generation(flash: bytes) -> int:
    """Return the generation of the marks in NVM: that of the newest page of uses."""
    found = [page for page in pages(flash) if page.kind == USES]
    return max(found, key=lambda page: page.sequence).payload[0] if found else 0


def mark_proof(data_key: bytes, block: bytes) -> bytes:
    """Return the eight bytes that only that key gives for a mark's block."""
    key = AESSIV(data_key).encrypt(b"", [b"totpkey marks"])
    return Cipher(AES(key), ECB()).encryptor().update(block)[:8]  # noqa: S305 - one block


def mark(data_key: bytes, at: int, entry: bytes, generation: int, proof: bytes | None = None) -> bytes:
    """Return the 20 bytes of a mark at that place in NVM, and its seal: perhaps with a proof of one's own."""
    head = entry[:8] + bytes((generation,))
    block = head + entry[8:] + struct.pack("<HI", at, 0)
    seal = entry[8:] + (mark_proof(data_key, block) if proof is None else proof)
    return head + _check(head, 0) + seal + _check(seal, 0xFF)


def marks(nvm: bytes, data_key: bytes, generation: int) -> list[bytes]:
    """Return the entries of all marks in NVM that are whole and proved."""
    found = []
    for at in range(0, len(nvm) - 20, 10):
        entry = nvm[at : at + 8] + nvm[at + 10 : at + 11]
        if nvm[at : at + 20] == mark(data_key, at, entry, generation):
            found.append(entry)
    return found


def chained(before: bytes, entries: Iterable[bytes]) -> bytes:
    """Return the hash after these entries."""
    for entry in entries:
        before = hashlib.sha256(before + entry).digest()[:16]
    return before


def _check(half: bytes, inverted: int) -> bytes:
    return bytes((zlib.crc32(half) & 0xFF ^ inverted,))
