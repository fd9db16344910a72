"""The journal of the codes that a key gave: its chain of hashes, its table, and what is odd about it.

docs/reference/storage.md has the entries. This computer remembers how far each key's journal went when it
read it last, without names and accounts. The table is CSV (RFC 4180), for spreadsheet programs.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import struct
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from totpkey import errors
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.replies import JournalReply
from totpkey.system import own_files
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


#: The columns of a journal.
HEAD = ("number", "time", "trusted", "account", "name", "how", "hash")
#: A cell that begins like this is taken for a formula, also by its full-width forms.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def as_csv(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV. No cell is a formula: an apostrophe stands before what would be one."""
    text = io.StringIO()
    table = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    table.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: str) -> str:
    return "'" + cell if cell.lstrip(" \u3000\u00a0").startswith(_FORMULA) else cell


def read_csv(data: bytes) -> list[tuple[int, bool, str, str]]:
    """Time (0 for none), whether that was trusted, account and how of each entry in a journal's table.

    Raise ValueError for another table.
    """
    head, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    if tuple(head) != HEAD:
        raise ValueError
    return [_entry(dict(zip(HEAD, row, strict=True))) for row in rows]


def _entry(row: dict[str, str]) -> tuple[int, bool, str, str]:
    if row["how"] not in HOWS:
        raise ValueError
    when = datetime.strptime(row["time"], "%Y-%m-%d %H:%M:%S UTC") if row["time"] else None
    time = int(when.replace(tzinfo=UTC).timestamp()) if when else 0
    return time, row["trusted"] == "yes", row["name"] or row["account"], row["how"]


_FILE = "journals.json"


@dataclass(frozen=True)
class Seen:
    """A journal as it was at `time`, Unix s: where its chain begins, how many entries, the hash over them."""

    name: str
    count: int
    hash: str
    time: int


def last(key: str) -> Seen | None:
    """What this computer saw of that key's journal; None if it never did, or if its note cannot be read."""
    noted = _read().get(key)
    if not isinstance(noted, dict):
        return None
    name, count, hashed, time = (noted.get(field) for field in ("name", "count", "hash", "time"))
    if isinstance(name, str) and isinstance(count, int) and isinstance(hashed, str) and isinstance(time, int):
        return Seen(name, count, hashed, time)
    return None


def keep(key: str, seen: Seen) -> None:
    """Remember it. Raises OSError."""
    folder = own_files.state()
    folder.mkdir(parents=True, exist_ok=True)
    noted = _read() | {key: asdict(seen)}
    own_files.write(folder / _FILE, json.dumps(noted).encode() + b"\n", private=True)


def _read() -> dict[str, Any]:
    try:
        noted = json.loads((own_files.state() / _FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


#: The key tells of fewer codes than it did, or of others: an older image of its flash was put back.
REWOUND = "rewound"
REPLACED = "replaced"
#: It is another journal: the key was wiped, or its journal could not be read.
ANEW = "anew"
#: The first hash is not the one where it begins, although no entry was dropped.
BROKEN = "broken"
#: The key no longer keeps so many entries that this computer has not seen.
UNSEEN = "unseen"
#: So many places where marks are missing, where a mark is not whole, and whose proof is missing or wrong.
LOST_MARKS = "lost"
TORN_MARKS = "torn"
UNPROVED = "unproved"
#: Those that power cuts, wear, or time bring about by themselves.
MILD = (UNSEEN, TORN_MARKS, UNPROVED)


@dataclass(frozen=True)
class Finding:
    """One of the above, and how many entries it is about."""

    kind: str
    count: int = 0


def findings(journal: Journal, seen: Seen | None) -> list[Finding]:
    """Return what is odd. What this computer has seen before counts as told."""
    found = [Finding(BROKEN)] if not journal.dropped and journal.before != journal.name else []
    # Before the first code a new lock changes where the chain begins.
    found += _beside(journal, seen) if seen and seen.count else []
    known = seen.count if seen and not found else 0
    for kind, how in ((LOST_MARKS, LOST), (TORN_MARKS, TORN), (UNPROVED, UNKNOWN)):
        count = sum(entry.how == how for entry in journal.entries if entry.number > known)
        found += [Finding(kind, count)] if count else []
    return found


def _beside(journal: Journal, seen: Seen) -> list[Finding]:
    if journal.name != seen.name:
        return [Finding(ANEW)]
    if journal.count < seen.count:
        return [Finding(REWOUND, seen.count - journal.count)]
    if journal.dropped > seen.count:
        return [Finding(UNSEEN, journal.dropped - seen.count)]
    return [] if journal.hash_at(seen.count) == seen.hash else [Finding(REPLACED)]
