"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass

OK, WARNING, FAULT = "ok", "warning", "fault"


@dataclass(frozen=True)
class Row:
    """What was looked at, how it is (OK, WARNING, FAULT), in words, and what to do about it."""

    subject: str
    state: str
    told: str
    remedy: str = ""
