"""All checks of a key and its computer, and the report that `doctor --report` makes of them.

A check is a function that takes a `Case` and returns a `Finding`, or None if there is nothing to say. To add
one, write it in `of_key` or `of_computer` and put it into that module's CHECKS. The report leaves out what is
its owner's own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from totpkey.doctor import of_computer, of_key
from totpkey.doctor.case import Case, Finding
from totpkey.doctor.of_computer import SHOWN
from totpkey_protocol.version import __version__


def report_lines(case: Case, findings: Sequence[Finding]) -> list[str]:
    """The report, line by line. Key, user and home folder have no names in it."""
    import platform

    head = [
        f"totpkey {__version__}, Python {platform.python_version()}",
        f"{platform.system()} {platform.release()} {platform.machine()}",
    ]
    if case.key:
        hello = case.key.hello
        head.append(
            f"{hello.board}, firmware {hello.firmware}, CircuitPython {hello.circuitpython}: {hello.face},"
            f" {hello.state}, clock {hello.clock}"
        )
    rows = [f"{found.grade:8}{found.name}: {found.detail}" for found in findings]
    return [_anonymous(line, case) for line in [*head, *rows]]


def _anonymous(text: str, case: Case) -> str:
    if case.key and case.key.hello.key:
        text = text.replace(case.key.hello.key, "KEY")
    if case.drilled_file:
        text = text.replace(case.drilled_file[:SHOWN], "FILE")
    home = str(Path.home())
    # Of root, say: then nearly every path would begin with it.
    if len(home) > 1:
        text = text.replace(home, "HOME")
    if user := _user():
        text = re.sub(rf"(?<=[/\\]){re.escape(user)}(?=[/\\]|$)", "USER", text)
    return text


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def examine(case: Case) -> list[Finding]:
    """All findings, those about the key first."""
    found = [check(case.key, case) for check in of_key.CHECKS] if case.key else []
    found += case.key.board if case.key else ()
    found += case.drives
    found += [check(case) for check in of_computer.CHECKS]
    return [finding for finding in found if finding is not None]
