"""The input of the checks, and their findings."""

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
    #: These two are None unless the key is open.
    typing: Typing | None = None
    backup: BackupNote | None = None
    #: Findings about its board (`board.rows`).
    board: tuple[Finding, ...] = ()
    #: What is wrong with the secure element that answers (`of_element.fault`).
    element_fault: str = ""


@dataclass(frozen=True)
class Case:
    """The input of all checks. `key` is None if none was reached. `now` is this computer's time.

    `hindrance` is the reason why none was reached.
    """

    key: KeyCase | None
    host_clock: str
    now: float
    #: Findings about boards that show a drive (`of_drives.findings`).
    drives: tuple[Finding, ...] = ()
    hindrance: TotpkeyError | None = None
    #: When the last drill of a backup succeeded, in Unix seconds (0: never), and the SHA-256 of its file.
    drilled: int = 0
    drilled_file: str = ""
