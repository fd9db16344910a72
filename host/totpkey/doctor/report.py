"""What `totpkey doctor --report` prints for an issue: the findings, without what is its owner's own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from totpkey.doctor.case import Case, Finding
from totpkey.doctor.of_computer import SHOWN
from totpkey_protocol.version import __version__


def lines(case: Case, findings: Sequence[Finding]) -> list[str]:
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
