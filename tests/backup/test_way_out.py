"""`totpkey backup open` writes a whole backup for other apps, and never by accident."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from PIL import Image

from readers.tests.entries import ENTRIES
from readers.tests.reading import entries
from tests.backup.backups import PHRASE, backed_up
from tests.backup.giving_out import ACCOUNTS, KEPT, TIMED, account, is_steam, typed
from tests.importers.reading import read
from tests.support.cases import slow
from tests.support.terminal import CommandDesk
from totpkey.accounts.account import Account, of_another
from totpkey.backups import exports
from totpkey.cli import exits
from totpkey_readers.pictures import qr
from totpkey_readers.records import key_uri


@given(TIMED)
def test_a_uri_says_all_of_an_account(written: Account) -> None:
    reading = key_uri.read_uri(exports.uri(written))
    if not is_steam(written):
        assert (of_another(reading.account), reading.warnings) == (written, ())


def test_the_list_is_read_as_it_was() -> None:
    assert entries(read(exports.listed(ACCOUNTS).encode())) == ENTRIES


def test_the_pages_are_read_as_they_were() -> None:
    many = ACCOUNTS + ACCOUNTS[:3]
    texts = qr.read(exports.pages(many))
    assert sorted(texts) == sorted({exports.uri(one) for one in many})


@pytest.mark.parametrize("one", ACCOUNTS, ids=lambda one: one.name)
def test_a_code_on_a_terminal_is_read_by_a_camera(one: Account) -> None:
    """Drawn from the characters as a terminal draws them, half a cell for each module."""
    lines = exports.blocks(one)
    image = Image.new("L", (len(lines[0]) * 4, len(lines) * 8), 0)
    lit = {"█": (0, 1), "▀": (0,), "▄": (1,), " ": ()}
    for y, line in enumerate(lines):
        for x, character in enumerate(line):
            for half in lit[character]:
                image.paste(255, (x * 4, y * 8 + half * 4, x * 4 + 4, y * 8 + half * 4 + 4))
    assert qr.find(image) == [exports.uri(one)]


@pytest.fixture
def backup_file(desk: CommandDesk, tmp_path: Path) -> Path:
    return backed_up(desk, tmp_path, KEPT)


def test_a_pipe_gets_nothing(desk: CommandDesk, backup_file: Path) -> None:
    result = desk.run("backup", "open", str(backup_file))
    assert result.code == exits.USAGE
    assert "not sent through a pipe" in result.err
    assert result.out == ""


def test_a_file_that_is_there_is_not_written_over(desk: CommandDesk, backup_file: Path) -> None:
    result = desk.run("backup", "open", str(backup_file), "-o", str(backup_file))
    assert result.code != exits.OK
    assert "is there already" in result.err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
class TestAtATerminal:
    def test_a_list_in_a_file_is_its_owner_s_alone(self, backup_file: Path, tmp_path: Path) -> None:
        file = tmp_path / "list.txt"
        code, shown = typed([str(backup_file), "-o", str(file)], PHRASE, "open")
        assert code == exits.OK, shown
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert entries(read(file.read_bytes())) == KEPT
        assert "secret=" not in shown

    def test_a_list_comes_to_the_terminal(self, backup_file: Path) -> None:
        code, shown = typed([str(backup_file)], PHRASE, "open")
        assert code == exits.OK, shown
        uris = "\n".join(line for line in shown.splitlines() if line.startswith("otpauth://"))
        assert entries(read(uris.encode())) == KEPT

    def test_codes_come_one_by_one(self, backup_file: Path) -> None:
        code, shown = typed([str(backup_file), "--qr"], PHRASE, "open", *[""] * len(KEPT))
        assert code == exits.OK, shown
        assert shown.count("press Enter") == len(KEPT)
        assert "secret=" not in shown

    @pytest.mark.slow
    def test_pages_of_codes(self, backup_file: Path, tmp_path: Path) -> None:
        file = tmp_path / "codes.pdf"
        code, shown = typed([str(backup_file), "--qr", "-o", str(file)], PHRASE, "open")
        assert code == exits.OK, shown
        assert sorted(qr.read(file.read_bytes())) == sorted(exports.uri(account(entry)) for entry in KEPT)

    @pytest.mark.parametrize("word", ["yes", slow(""), slow("y")])
    def test_another_word_gives_nothing_out(self, backup_file: Path, tmp_path: Path, word: str) -> None:
        file = tmp_path / "list.txt"
        code, shown = typed([str(backup_file), "-o", str(file)], PHRASE, word)
        assert code != exits.OK
        assert "Nothing was written out." in shown
        assert not file.exists()
        assert "secret=" not in shown
