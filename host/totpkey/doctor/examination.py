"""All checks of a key and the computer it is plugged into.

A check is a function that takes a `Case` and returns a `Finding`, or None if there is nothing to say. To add
one, write it in `of_key` or `of_computer` and put it into that module's CHECKS.
"""

from __future__ import annotations

from totpkey.doctor import of_computer, of_key
from totpkey.doctor.case import Case, Finding


def examine(case: Case) -> list[Finding]:
    """All findings, those about the key first."""
    found = [check(case.key, case) for check in of_key.CHECKS] if case.key else []
    found += case.key.board if case.key else ()
    found += case.drives
    found += [check(case) for check in of_computer.CHECKS]
    return [finding for finding in found if finding is not None]
