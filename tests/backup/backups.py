"""Keys with a few accounts and their backups, accounts to give out of one, and a person at a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hypothesis import strategies as st

from readers.tests import entries, samples
from readers.tests.entries import AMAZON, LONG, WORK, Entry
from tests.support.terminal import CommandDesk, Result
from totpkey.accounts.account import Account
from totpkey.cli import exits
from totpkey.locks import passphrase
from totpkey.locks.passphrase import Parameters
from totpkey_protocol import limits

PHRASE = "correct horse battery staple"
ENTRIES = (AMAZON, WORK, LONG)
SPARE = bytes(range(8, 16))
CHEAP = Parameters(bytes(16), passphrase.MEMORY, passphrase.PASSES, passphrase.LANES)


def filled(desk: CommandDesk, folder: Path, entries: tuple[Entry, ...] = ENTRIES) -> CommandDesk:
    file = folder / "export.json"
    file.write_bytes(samples.aegis(entries).data)
    assert desk.run("import", "--force", str(file), when_asked=desk.agree).code == exits.OK
    return desk


def saved(desk: CommandDesk, path: Path | str, *options: str) -> Result:
    return desk.run("backup", str(path), "--stdin", *options, stdin=PHRASE, when_asked=desk.agree)


def backed_up(desk: CommandDesk, folder: Path, entries: tuple[Entry, ...] = ENTRIES) -> Path:
    """The backup of a key that gets these accounts."""
    file = folder / "keys.backup"
    assert saved(filled(desk, folder, entries), file).code == exits.OK
    return file


def restored(desk: CommandDesk, path: Path | str, *options: str, gestures: int = 1) -> Result:
    arguments = ("restore", str(path), "--stdin", "--force", *options)
    return desk.run(*arguments, stdin=PHRASE, when_asked=[desk.agree] * gestures)


def code_of(desk: CommandDesk, name: str) -> str:
    return desk.run("code", name, when_asked=desk.agree).out.strip()


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
    return Account(**vars(entry))


ACCOUNTS = tuple(map(account, entries.ENTRIES))
#: A key types no letters, as Steam's codes have, before it knows the keyboard.
KEPT = entries.ENTRIES[:4]


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
