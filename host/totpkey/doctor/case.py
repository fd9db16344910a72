"""What the checks look at, and what they find."""

from __future__ import annotations

from dataclasses import dataclass

from totpkey.clock.synchronise import Offset
from totpkey.errors import TotpkeyError
from totpkey.link.replies import BackupNote, Clock, Hello, Slots, Typing

GOOD, ODD, BAD, UNKNOWN = "good", "odd", "bad", "unknown"


@dataclass(frozen=True)
class Finding:
    """What one check found: its subject, a grade, the detail in words, and a remedy if one is needed."""

    name: str
    grade: str
    detail: str
    remedy: str = ""


@dataclass(frozen=True)
class KeyCase:
    """What a key says of itself. `offset` is None where it has no time."""

    port: str
    hello: Hello
    clock: Clock
    slots: Slots | None
    offset: Offset | None
    #: None where it is not open: it tells neither.
    typing: Typing | None = None
    backup: BackupNote | None = None
    #: What is known of its board (`board.rows`).
    board: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Case:
    """All that the checks look at. `key` is None where none was reached; `now` is this computer's time.

    `hindrance`: why none was reached.
    """

    key: KeyCase | None
    host_clock: str
    now: float
    #: Of boards that show a drive (`of_drives.findings`).
    drives: tuple[Finding, ...] = ()
    hindrance: TotpkeyError | None = None
