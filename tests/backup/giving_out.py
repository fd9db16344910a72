"""Accounts to give out of a backup, and a terminal at which a person answers the command's questions."""

from __future__ import annotations

import os
import subprocess
import sys

from hypothesis import strategies as st

from readers.tests.entries import ENTRIES, Entry
from totpkey.accounts.account import Account
from totpkey_protocol import limits

NAMES = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=limits.NAME).map(
    lambda text: text.replace(":", "").strip() or "x"
)


#: Any account with a code by time.
TIMED = st.builds(
    Account,
    NAMES | st.just(""),
    NAMES,
    st.binary(min_size=1, max_size=limits.SECRET),
    st.sampled_from(["SHA1", "SHA256", "SHA512"]),
    st.integers(6, 8),
    st.integers(limits.PERIOD_LEAST, limits.PERIOD_MOST),
)


def is_steam(account: Account) -> bool:
    """Whether readers take the account for one of Steam's, by its name."""
    return (account.issuer or account.label).lower() == "steam"


def account(entry: Entry) -> Account:
    return Account(
        entry.issuer,
        entry.label,
        entry.secret,
        entry.algorithm,
        entry.digits,
        entry.period,
        entry.type,
        entry.counter,
    )


ACCOUNTS = tuple(map(account, ENTRIES))
#: A key types no letters, as Steam's codes have, before it knows the keyboard.
KEPT = ENTRIES[:4]


def typed(arguments: list[str], *answers: str) -> tuple[int, str]:
    """Run `totpkey backup open` at a terminal of its own, where each question is answered by a line."""
    return at_terminal(["backup", "open", *arguments], *answers)


def at_terminal(arguments: list[str], *answers: str) -> tuple[int, str]:
    """Run `totpkey` at a terminal of its own, where each question is answered by a line."""
    ours, theirs = os.openpty()
    environment = {**os.environ, "LANGUAGE": "en", "TERM": "xterm", "COLUMNS": "200"}
    command = [sys.executable, "-m", "totpkey", *arguments]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as running:
        os.close(theirs)
        shown, left = "", list(answers)
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece.decode(errors="replace")
            # A question stands at the end, with a colon.
            if left and shown.rstrip(" ").endswith(":"):
                os.write(ours, left.pop(0).encode() + b"\n")
                shown += "\n"
        os.close(ours)
        return running.wait(), shown.replace("\r", "")
