"""`totpkey backup open` writes a whole backup for other apps, and never by accident: a list, codes, or CXF.

`strict` is written by hand from the types that bitwarden/credential-exchange takes, without a look at the
writer. No other program has imported such a file, and no published schema was at hand.
"""

from __future__ import annotations

import base64
import json
import re
import stat
import sys
from pathlib import Path
from typing import Any

import pyotp
import pytest
from hypothesis import given
from PIL import Image

from readers.tests.entries import AMAZON, ENTRIES
from readers.tests.reading import entries
from tests.backup.backups import ACCOUNTS, KEPT, PHRASE, TIMED, account, at_terminal, backed_up, is_steam
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


def test_the_list_and_the_file_are_read_as_they_were() -> None:
    assert entries(read(exports.listed(ACCOUNTS).encode())) == ENTRIES
    assert entries(read(exports.exchange_document(ACCOUNTS, MADE))) == ENTRIES


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
    result = desk.run("backup", "open", str(backup_file)).ended(exits.USAGE, "not sent through a pipe")
    assert result.out == ""


def test_a_file_that_is_there_is_not_written_over(desk: CommandDesk, backup_file: Path) -> None:
    result = desk.run("backup", "open", str(backup_file), "-o", str(backup_file))
    assert result.code != exits.OK
    assert "is there already" in result.err


def given_out(backup: Path, *options: str, enters: int = 0) -> str:
    """What a terminal shows as the backup is given out, and Enter is pressed so often."""
    code, shown = at_terminal(["backup", "open", str(backup), *options], PHRASE, "open", *[""] * enters)
    assert code == exits.OK, shown
    return shown


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
class TestAtATerminal:
    @pytest.mark.parametrize("option", ["", slow("--cxf")], ids=["list", "CXF"])
    def test_a_file_is_its_owner_s_alone(self, backup_file: Path, tmp_path: Path, option: str) -> None:
        file = tmp_path / "accounts"
        shown = given_out(backup_file, *option.split(), "-o", str(file))
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert entries(read(file.read_bytes())) == KEPT
        assert ("1 account: by counter" in shown) is bool(option)
        assert not option or len(strict(file.read_bytes())) == len(KEPT)
        assert "secret=" not in shown
        assert AMAZON.base32 not in shown

    def test_a_list_comes_to_the_terminal(self, backup_file: Path) -> None:
        shown = given_out(backup_file)
        uris = "\n".join(line for line in shown.splitlines() if line.startswith("otpauth://"))
        assert entries(read(uris.encode())) == KEPT

    def test_codes_come_one_by_one(self, backup_file: Path) -> None:
        shown = given_out(backup_file, "--qr", enters=len(KEPT))
        assert shown.count("press Enter") == len(KEPT)
        assert "secret=" not in shown

    @pytest.mark.slow
    def test_pages_of_codes(self, backup_file: Path, tmp_path: Path) -> None:
        file = tmp_path / "codes.pdf"
        given_out(backup_file, "--qr", "-o", str(file))
        assert sorted(qr.read(file.read_bytes())) == sorted(exports.uri(account(entry)) for entry in KEPT)

    @pytest.mark.parametrize("word", ["yes", slow(""), slow("y")])
    def test_another_word_gives_nothing_out(self, backup_file: Path, tmp_path: Path, word: str) -> None:
        file = tmp_path / "list.txt"
        code, shown = at_terminal(["backup", "open", str(backup_file), "-o", str(file)], PHRASE, word)
        assert code != exits.OK
        assert "Nothing was written out." in shown
        assert not file.exists()
        assert "secret=" not in shown


MADE = 1_800_000_000
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,86}")


def strict(data: bytes) -> list[dict[str, Any]]:
    """Return the credentials of a file, all of whose required members have their types and bounds."""
    header = json.loads(data)
    assert header.keys() == {"version", "exporterRpId", "exporterDisplayName", "timestamp", "accounts"}
    assert header["version"] == {"major": 1, "minor": 0}
    assert isinstance(header["timestamp"], int)
    assert all(isinstance(header[name], str) for name in ("exporterRpId", "exporterDisplayName"))
    (owner,) = header["accounts"]
    assert owner.keys() == {"id", "username", "email", "collections", "items"}
    assert owner["collections"] == []
    identifiers = [owner["id"], *(item["id"] for item in owner["items"])]
    assert all(map(_IDENTIFIER.fullmatch, identifiers))
    assert len(set(identifiers)) == len(identifiers)
    for item in owner["items"]:
        assert item.keys() == {"id", "title", "credentials"}
        assert item["title"]
    return [one for item in owner["items"] for one in map(credential, item["credentials"])]


def credential(one: dict[str, Any]) -> dict[str, Any]:
    if one["type"] == "custom-fields":
        assert all(field["fieldType"] == "concealed-string" for field in one["fields"])
        return one
    assert one["type"] == "totp"
    required = {"type", "secret", "period", "digits", "algorithm"}
    assert required <= one.keys() <= required | {"username", "issuer"}
    assert re.fullmatch(r"[A-Z2-7]+", one["secret"])
    assert one["algorithm"] in ("sha1", "sha256", "sha512")
    assert 1 <= one["period"] <= 255
    assert 1 <= one["digits"] <= 255
    return one


def test_the_file_is_what_the_standard_asks_for_and_gives_the_same_codes() -> None:
    shown = strict(exports.exchange_document(ACCOUNTS, MADE))
    assert [one["type"] for one in shown] == ["totp", "totp", "totp", "custom-fields", "custom-fields"]
    for one, entry in zip(shown[:3], ENTRIES, strict=False):
        digest = {"sha1": "SHA1", "sha256": "SHA256", "sha512": "SHA512"}[one["algorithm"]]
        padded = one["secret"] + "=" * (-len(one["secret"]) % 8)
        assert base64.b32decode(padded) == entry.secret
        assert (digest, one["issuer"], one["username"]) == (entry.algorithm, entry.issuer, entry.label)
    link = pyotp.parse_uri(shown[3]["fields"][0]["value"])
    assert isinstance(link, pyotp.HOTP)
    assert link.initial_count == ENTRIES[3].counter


@given(TIMED)
def test_each_account_is_read_as_it_was(written: Account) -> None:
    data = exports.exchange_document([written], MADE)
    assert len(strict(data)) == 1
    (found,) = read(data).found
    if not is_steam(written):
        assert found.account == written


def test_no_format_is_chosen_twice(desk: CommandDesk, tmp_path: Path) -> None:
    result = desk.run("backup", "open", "x", "--qr", "--cxf", "-o", str(tmp_path / "y"))
    assert result.code == exits.USAGE
    assert "--qr and --cxf" in result.err
