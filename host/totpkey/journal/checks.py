"""What is odd about a journal: in itself, and beside what this computer saw of it before."""

from __future__ import annotations

from dataclasses import dataclass

from totpkey.journal.chain import LOST, TORN, UNKNOWN, Journal
from totpkey.journal.seen import Seen

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
