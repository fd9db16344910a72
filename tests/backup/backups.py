"""Keys with a few accounts and their backups, shared by several tests."""

from __future__ import annotations

from pathlib import Path

from readers.tests import samples
from readers.tests.entries import AMAZON, LONG, WORK, Entry
from tests.support.terminal import CommandDesk, Result
from totpkey.cli import exits

PHRASE = "correct horse battery staple"
ENTRIES = (AMAZON, WORK, LONG)
NOTES = "Amazon recovery: 1234-5678\nGoogle: abcd efgh"
SPARE = bytes(range(8, 16))


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


def restored(desk: CommandDesk, path: Path | str, *options: str) -> Result:
    return desk.run("restore", str(path), "--stdin", "--force", *options, stdin=PHRASE, when_asked=desk.agree)


def code_of(desk: CommandDesk, name: str) -> str:
    return desk.run("code", name, when_asked=desk.agree).out.strip()
