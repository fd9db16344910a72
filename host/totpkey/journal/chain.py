"""The journal's entries and its chain of hashes, as docs/reference/storage.md has them."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

from totpkey import errors
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.replies import JournalReply
from totpkey_protocol import journal as packed

#: How a code was given. The key writes their places in this list.
UNKNOWN, TYPED, TOLD, TORN, LOST = HOWS = ("unknown", "typed", "told", "torn", "lost")
WORDS = {
    UNKNOWN: _("not proved"),
    TYPED: _("typed"),
    TOLD: _("told to a program"),
    TORN: _("not whole"),
    LOST: _("missing"),
}


@dataclass(frozen=True)
class Entry:
    """One code: its number among all that the key ever gave, from 1 on, and the hash that ends with it.

    `account`: its id. `time`: Unix seconds by the key, 0 without a clock. `trusted`: whether the key was sure
    of it. `how`: one of HOWS. TORN and LOST name neither account nor time.
    """

    number: int
    account: str
    time: int
    trusted: bool
    how: str
    hash: str

    @property
    def is_code(self) -> bool:
        """Whether it tells of one code, and not of a gap."""
        return self.how not in (TORN, LOST)


@dataclass(frozen=True)
class Journal:
    """The last entries, oldest first. `name`: the hash where its chain begins, `before`: before them."""

    name: str
    before: str
    dropped: int
    entries: tuple[Entry, ...]

    @property
    def count(self) -> int:
        """How many entries there ever were."""
        return self.dropped + len(self.entries)

    @property
    def hash(self) -> str:
        """The hash over all of them."""
        return self.hash_at(self.count) or self.before

    def hash_at(self, count: int) -> str | None:
        """The hash over the first `count` entries; None if the key no longer keeps what that needs."""
        if count == self.dropped:
            return self.before
        if count == 0:
            return self.name
        if self.dropped < count <= self.count:
            return self.entries[count - self.dropped - 1].hash
        return None


def read(reply: JournalReply) -> Journal:
    """Read what the key told. Raises BadReply."""
    if len(reply.entries) % packed.ENTRY_SIZE:
        raise errors.BadReply(tr("The key's journal is cut off."), tr("Update the key's firmware."))
    entries: list[Entry] = []
    before = reply.before
    for at in range(0, len(reply.entries), packed.ENTRY_SIZE):
        one = reply.entries[at : at + packed.ENTRY_SIZE]
        before = hashlib.sha256(before + one).digest()[: packed.HASH]
        account, time, how = struct.unpack(packed.ENTRY, one)
        place, trusted = how & ~packed.TRUSTED_TIME, bool(how & packed.TRUSTED_TIME)
        known = HOWS[place] if place < len(HOWS) else UNKNOWN
        number = reply.dropped + len(entries) + 1
        entries.append(Entry(number, f"{account:08x}", time, trusted, known, before.hex()))
    return Journal(reply.name.hex(), reply.before.hex(), reply.dropped, tuple(entries))
