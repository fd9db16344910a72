"""The notes of a backup arrive as they were written, on any computer, or are refused before any question."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from tests.backup.backups import PHRASE, saved
from tests.support.terminal import CommandDesk, Result
from totpkey.cli import exits

NOTES = "亚马逊恢复码\t1234-5678\r\nGoogle\tabcd efgh\r\ncafé"


def kept(desk: CommandDesk, folder: Path, data: bytes) -> Result:
    """What `backup verify --notes` shows of a file that was kept."""
    notes, file = folder / "notes.txt", folder / "keys.backup"
    notes.write_bytes(data)
    desk.add("Amazon:shop")
    made = saved(desk, file, "--notes", str(notes))
    assert made.code == exits.OK, made.err
    return desk.run("backup", "verify", str(file), "--notes", "--stdin", stdin=PHRASE)


@pytest.mark.parametrize(
    "data",
    [
        NOTES.encode(),
        NOTES.encode("utf-8-sig"),
        # As PowerShell writes what is sent to a file by `>`
        codecs.BOM_UTF16_LE + NOTES.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + NOTES.encode("utf-16-be"),
    ],
    ids=["UTF-8", "UTF-8 with its mark", "UTF-16", "UTF-16, the other way round"],
)
def test_notes_come_back_as_they_were(desk: CommandDesk, tmp_path: Path, data: bytes) -> None:
    """With the tabs between their columns, too."""
    shown = kept(desk, tmp_path, data)
    assert shown.code == exits.OK
    assert shown.out.splitlines() == NOTES.splitlines()


def test_notes_send_nothing_else_to_the_terminal(desk: CommandDesk, tmp_path: Path) -> None:
    assert kept(desk, tmp_path, b"a\x1b[31m\tb\x07").out == "a\ufffd[31m\tb\ufffd\n"


@pytest.mark.parametrize(
    "data",
    [
        NOTES.replace("é", "").encode("gbk"),
        "Bancolombia: código".encode("latin-1"),
        # The half character at the end is a letter of another encoding, and would be lost.
        "Un café".encode("latin-1"),
        NOTES.encode("utf-16-le"),
        codecs.BOM_UTF16_LE + "ab".encode("utf-16-le")[:-1],
        "ab".encode("utf-32"),
        b"x" * (1 << 20) + b"x",
    ],
    ids=["GBK", "Latin-1", "Latin-1 at the end", "UTF-16 without a mark", "cut", "UTF-32", "too large"],
)
def test_notes_that_would_be_damaged_are_refused_before_anything_is_asked(
    desk: CommandDesk, tmp_path: Path, data: bytes
) -> None:
    notes, file = tmp_path / "notes.txt", tmp_path / "keys.backup"
    notes.write_bytes(data)
    desk.add("Amazon:shop")
    refused = desk.run("backup", str(file), "--notes", str(notes), "--stdin", stdin=PHRASE)
    assert refused.code == exits.USAGE
    assert "notes" in refused.err
    assert ("save it as UTF-8" in refused.err) is (len(data) < 1 << 20)
    assert not file.exists()
