"""Backup and restore, through the real command line, on simulated keys: accounts, notes and the file itself.

Notes arrive as they were written, on any computer, or are refused before any question.
docs/reference/backup-file.md is enough to open a backup: a decryptor made only from its tables does so.
"""

from __future__ import annotations

import base64
import codecs
import errno
import json
import os
import re
import stat
import sys
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given, settings
from hypothesis import strategies as st

from readers.tests.entries import AMAZON, COUNTED, LONG, WORK, Entry
from tests.backup.backups import CHEAP, ENTRIES, PHRASE, SPARE, backed_up, code_of, filled, restored, saved
from tests.clone.other_key import record
from tests.support.terminal import CommandDesk, MakeDesk, Result
from totpkey import errors
from totpkey.accounts import codes
from totpkey.accounts.account import Account
from totpkey.backups import backup_file
from totpkey.cli import exits
from totpkey.cli.commands import backup
from totpkey.doctor.case import GOOD, ODD
from totpkey.link.client import KeyClient
from totpkey.locks import passphrase
from totpkey.system import own_files

NOTES = "Amazon recovery: 1234-5678\nGoogle: abcd efgh"


def test_a_backup_of_one_key_gives_the_same_codes_on_another(make_desk: MakeDesk, tmp_path: Path) -> None:
    first, second = filled(make_desk(), tmp_path), make_desk(uid=SPARE)
    file = tmp_path / "keys.backup"
    made = saved(first, file).ended(exits.OK)
    assert made.err.count("The key: press") == 1
    restored(second, file).ended(exits.OK)
    assert second.labels() == [entry.label for entry in ENTRIES]
    for entry in ENTRIES:
        before = int(second.key.true_time)
        code = code_of(second, entry.label)
        kind = (entry.algorithm, entry.digits, entry.period)
        assert code in {codes.totp(entry.secret, at, *kind) for at in (before, int(second.key.true_time))}


def test_a_backup_is_verified_without_a_key(desk: CommandDesk, tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text(NOTES)
    file = tmp_path / "keys.backup"
    saved(filled(desk, tmp_path), file, "--notes", str(notes))
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = desk.run("--port", "/nonexistent", "backup", "verify", str(file), "--stdin", stdin=PHRASE)
    assert told.code == exits.OK
    assert told.out.splitlines() == ["Amazon:shop@example.com", "公司:小王", "Bank:me"]
    assert "3 accounts of key 0001020304050607" in told.err
    shown = desk.run("backup", "verify", str(file), "--notes", "--stdin", stdin=PHRASE)
    assert shown.out.strip() == NOTES
    wrong = desk.run("backup", "verify", str(file), "--stdin", stdin="correct horse battery stable")
    assert wrong.code == exits.LOCKED
    text = told.out + told.err + wrong.err + file.read_text()
    assert not any(form[:24] in text for entry in ENTRIES for form in (entry.base32, entry.secret.hex()))
    assert "recovery" not in file.read_text()


def disk_is_full(path: Path, data: bytes) -> None:
    raise errors.CannotWrite(f"{path} has no room for {len(data)} bytes.", "")


def test_the_doctor_tells_how_old_it_is(
    desk: CommandDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> tuple[str, str]:
        rows = desk.told("doctor")
        return next((row["grade"], row["detail"]) for row in rows if row["name"] == "backup")

    filled(desk, tmp_path)
    with monkeypatch.context() as full:
        full.setattr(backup, "write_file", disk_is_full)
        assert saved(desk, tmp_path / "keys.backup").code == exits.ERROR
    assert told() == (ODD, "none was made")
    assert saved(desk, tmp_path / "keys.backup").code == exits.OK
    grade, words = told()
    assert grade == GOOD
    assert "s ago" in words
    desk.add("one more")
    grade, words = told()
    assert grade == ODD
    assert "since" in words


def test_the_help_names_what_a_backup_can_be_given(desk: CommandDesk) -> None:
    told = desk.run("backup", "--help").out
    options, commands = told.split("Commands:")
    assert all(option in options for option in ("--notes FILE", "--force", "--stdin", "--help"))
    assert "verify" in commands
    assert "make" not in commands


def test_a_file_that_is_there_is_not_written_over(desk: CommandDesk, tmp_path: Path) -> None:
    filled(desk, tmp_path)
    file = tmp_path / "keys.backup"
    file.write_text("mine")
    assert desk.run("backup", str(file), "--stdin", stdin=PHRASE).code == exits.ERROR
    assert file.read_text() == "mine"
    assert saved(desk, file, "--force").code == exits.OK


@pytest.mark.parametrize("fails", ["fsync", "replace"])
def test_a_file_is_whole_on_the_disk_before_it_takes_the_place_of_another(
    fails: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "")

    path = tmp_path / "keys.backup"
    path.write_bytes(b"before")
    monkeypatch.setattr({"fsync": os, "replace": Path}[fails], fails, fail)
    with pytest.raises(OSError, match=str(errno.EIO)):
        own_files.write(path, b"after", private=True)
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {path.name: b"before"}


def test_without_a_hold_there_is_no_backup(desk: CommandDesk, tmp_path: Path) -> None:
    filled(desk, tmp_path)
    file = tmp_path / "keys.backup"
    desk.run("backup", str(file), "--stdin", stdin=PHRASE, when_asked=desk.let_it_wait).ended(exits.NO_PRESS)
    assert not file.exists()


def test_a_key_that_never_exports(desk: CommandDesk, tmp_path: Path) -> None:
    assert desk.run("init", "--lock", "device", "--no-export", when_asked=desk.agree).code == exits.OK
    desk.run("backup", str(tmp_path / "x"), "--stdin", stdin=PHRASE).ended(exits.ERROR, "for good")


def test_a_short_passphrase_is_refused(desk: CommandDesk, tmp_path: Path) -> None:
    filled(desk, tmp_path)
    assert desk.run("backup", str(tmp_path / "x"), "--stdin", stdin="short").code == exits.USAGE


def test_a_restore_merges_or_replaces_and_shows_it_first(make_desk: MakeDesk, tmp_path: Path) -> None:
    file, second = backed_up(make_desk(), tmp_path), make_desk(uid=SPARE)
    filled(second, tmp_path, (AMAZON, Entry("Old", "gone", b"O" * 20)))
    shown = second.run("restore", str(file), "--dry-run", "--replace", "--stdin", stdin=PHRASE)
    assert "2 to add, 1 to skip" in shown.out
    assert "remove" in shown.out
    assert second.labels() == ["shop@example.com", "gone"]
    declined = second.run("restore", str(file), "--stdin", stdin=PHRASE)
    assert declined.code != exits.OK
    assert restored(second, file).code == exits.OK
    assert second.labels() == ["shop@example.com", "gone", "小王", "me"]
    assert restored(second, file, "--replace").code == exits.OK
    assert second.labels() == ["shop@example.com", "小王", "me"]
    second.run("restore", str(file), "--replace", "--stdin", stdin=PHRASE).ended(exits.OK, "0 to add")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "damaged"),
        (b"{}", "not a backup"),
        (b'{"format": "totpkey backup", "version": 2}', "update"),
        (b'{"format": "totpkey backup", "version": 1}', "salt is missing"),
        (b'{"format": "totpk', "cut off"),
    ],
)
def test_what_is_no_backup(desk: CommandDesk, tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "x"
    file.write_bytes(content)
    desk.run("backup", "verify", str(file), "--stdin", stdin=PHRASE).ended(exits.USAGE, words)


@cache
def sample() -> bytes:
    derived = passphrase.derive(PHRASE, CHEAP)
    siv = AESSIV(HKDFExpand(SHA256(), 64, b"totpkey export").derive(derived))
    accounts = [Account("A", label, bytes([number]) * 20) for number, label in enumerate("abc")]
    records = [siv.encrypt(record(account), [b"totpkey export"]) for account in accounts]
    return backup_file.write(backup_file.make("00", 1, derived, CHEAP, records, NOTES))


def opened(data: bytes) -> backup_file.Opened:
    return backup_file.unseal(backup_file.read(data), PHRASE)


def test_what_was_made_is_read() -> None:
    assert opened(sample()) == backup_file.Opened(
        tuple(Account("A", label, bytes([n]) * 20) for n, label in enumerate("abc")), NOTES
    )


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 5000), st.binary(min_size=1, max_size=3))
def test_a_change_anywhere_is_noticed(place: int, new: bytes) -> None:
    at = place % len(sample())
    changed = sample()[:at] + new + sample()[at + len(new) :]
    try:
        assert opened(changed) == opened(sample())
        # Only what JSON does not care about may differ.
        assert json.loads(changed) == json.loads(sample())
    except (errors.InvalidBackup, errors.WrongFilePassword):
        pass


@pytest.mark.parametrize("change", ["one less", "another order", "one twice"])
def test_accounts_cannot_be_taken_out_or_put_in(change: str) -> None:
    document = json.loads(sample())
    first, second, third = document["accounts"]
    changed = {"one less": [first, second], "another order": [second, first, third], "one twice": [first] * 3}
    document["accounts"] = changed[change]
    with pytest.raises(errors.WrongFilePassword):
        opened(json.dumps(document).encode())


COLUMNS = "亚马逊恢复码\t1234-5678\r\nGoogle\tabcd efgh\r\ncafé"


def kept(desk: CommandDesk, folder: Path, data: bytes) -> Result:
    """What `backup verify --notes` shows of a file that was kept."""
    notes, file = folder / "notes.txt", folder / "keys.backup"
    notes.write_bytes(data)
    desk.add("Amazon:shop")
    saved(desk, file, "--notes", str(notes)).ended(exits.OK)
    return desk.run("backup", "verify", str(file), "--notes", "--stdin", stdin=PHRASE)


@pytest.mark.parametrize(
    "data",
    [
        COLUMNS.encode(),
        COLUMNS.encode("utf-8-sig"),
        # As PowerShell writes what is sent to a file by `>`
        codecs.BOM_UTF16_LE + COLUMNS.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + COLUMNS.encode("utf-16-be"),
    ],
    ids=["UTF-8", "UTF-8 with its mark", "UTF-16", "UTF-16, the other way round"],
)
def test_notes_come_back_as_they_were(desk: CommandDesk, tmp_path: Path, data: bytes) -> None:
    """With the tabs between their columns, too."""
    shown = kept(desk, tmp_path, data).ended(exits.OK)
    assert shown.out.splitlines() == COLUMNS.splitlines()


def test_notes_send_nothing_else_to_the_terminal(desk: CommandDesk, tmp_path: Path) -> None:
    assert kept(desk, tmp_path, b"a\x1b[31m\tb\x07").out == "a\ufffd[31m\tb\ufffd\n"


@pytest.mark.parametrize(
    "data",
    [
        COLUMNS.replace("é", "").encode("gbk"),
        "Bancolombia: código".encode("latin-1"),
        # The half character at the end is a letter of another encoding, and would be lost.
        "Un café".encode("latin-1"),
        COLUMNS.encode("utf-16-le"),
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


TWINS = (AMAZON, Entry("Amazon", AMAZON.label, b"Z" * 20, digits=8))


def noted(monkeypatch: pytest.MonkeyPatch, name: str, order: list[str]) -> None:
    """Note each call of that command."""
    real = getattr(KeyClient, name)

    def call(*given: object) -> object:
        order.append(name)
        return real(*given)

    monkeypatch.setattr(KeyClient, name, call)


@pytest.mark.slow
def test_a_restore_that_replaces_keeps_what_it_has_renamed(make_desk: MakeDesk, tmp_path: Path) -> None:
    """Two accounts of one name: the key has the second as “x (2)”, which the backup does not say."""
    first, second = make_desk(), make_desk(uid=SPARE)
    for entry in TWINS:
        options = ("--stdin", "--force", "--digits", str(entry.digits))
        first.run("add", f"Amazon:{entry.label}", *options, stdin=entry.base32).ended(exits.OK)
    file = tmp_path / "keys.backup"
    saved(first, file)
    filled(second, tmp_path, (Entry("Old", "gone", b"O" * 20),))
    assert restored(second, file, "--replace", gestures=2).code == exits.OK
    expected = [AMAZON.label, f"{AMAZON.label} (2)"]
    assert second.labels() == expected
    again = restored(second, file, "--replace", gestures=0).ended(exits.OK)
    assert again.err.count("Already on this key, skipped") == 2
    assert second.labels() == expected


def test_a_restore_onto_a_key_with_one_name_twice_adds_nothing(desk: CommandDesk, tmp_path: Path) -> None:
    for secret in (AMAZON.base32, WORK.base32):
        assert desk.run("add", "Amazon:x", "--stdin", "--force", stdin=secret).code == exits.OK
    file = tmp_path / "keys.backup"
    saved(desk, file)
    for options in ([], ["--replace"]):
        again = restored(desk, file, *options, gestures=0).ended(exits.OK)
        assert again.err.count("Already on this key, skipped") == 2
    assert desk.labels() == ["x", "x"]


def test_a_restore_that_replaces_gives_back_a_name_that_was_taken(
    desk: CommandDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = backed_up(desk, tmp_path, TWINS[:1])
    (before,) = desk.told("list")
    assert desk.run("remove", "--force", AMAZON.label, when_asked=desk.agree).code == exits.OK
    filled(desk, tmp_path, TWINS[1:])
    # A key may have no room for both.
    order = list[str]()
    for name in ("remove", "batch"):
        noted(monkeypatch, name, order)
    assert restored(desk, file, "--replace", gestures=2).code == exits.OK
    assert order == ["remove", "batch"]
    (now,) = desk.told("list")
    assert {**now, "account": ""} == {**before, "account": ""}
    assert code_of(desk, AMAZON.label) in {
        codes.totp(AMAZON.secret, int(desk.key.true_time) - late, "SHA1", 6, 30) for late in (0, 2)
    }


PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "backup-file.md"
WRITTEN = (AMAZON, WORK, LONG, COUNTED)


def table(*header: str) -> list[list[str]]:
    """The rows of the table with these columns."""
    for block in re.split(r"\n\s*\n", PAGE.read_text("utf-8")):
        lines = [line.strip() for line in block.splitlines()]
        rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]
        if rows[0] == list(header):
            # The second row is a line of dashes.
            return rows[2:]
    raise LookupError(header)


class Decryptor:
    """Opens a file by the page alone."""

    def __init__(self, file: bytes, passphrase: str) -> None:
        self.document: dict[str, Any] = json.loads(file)
        names = {row[0] for row in table("field", "value") if row[0] != "field"}
        assert set(self.document) == names
        given = self.document["argon2id"]
        (size,) = re.findall(r"as UTF-8;\s+(\d+)\s+bytes", PAGE.read_text("utf-8"))
        self._derived = Argon2id(
            salt=base64.b64decode(given["salt"]),
            length=int(size),
            iterations=given["passes"],
            lanes=given["lanes"],
            memory_cost=given["memory"],
        ).derive(unicodedata.normalize("NFC", passphrase).encode())
        self._uses = {row[0]: row for row in table("use", "label", "bytes of the key", "associated data")}

    def _open(self, use: str, sealed: str, associated: bytes) -> bytes:
        _, label, size, _ = self._uses[use]
        key = HKDFExpand(SHA256(), int(size), label.encode()).derive(self._derived)
        return AESSIV(key).decrypt(base64.b64decode(sealed), [associated])

    def notes(self) -> str:
        rest = {name: value for name, value in self.document.items() if name != "seal"}
        covered = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        return self._open("the seal", self.document["seal"], covered).decode()

    def accounts(self) -> list[dict[str, Any]]:
        label = self._uses["a sealed record"][1].encode()
        return [
            self._fields(self._open("a sealed record", text, label)) for text in self.document["accounts"]
        ]

    def _fields(self, record: bytes) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        at = 0
        for name, width, meaning in table("field", "bytes", "value"):
            size = int(width) if width.isdecimal() else fields.get(width, len(record) - at)
            value = record[at : at + size]
            at += size
            is_number = width.isdecimal()
            fields[name] = int.from_bytes(value, "little") if is_number else value
            if meaning.startswith("UTF-8"):
                fields[name] = value.decode()
        assert at == len(record)
        numbers = {int(row[0]): row[1:] for row in table("number", "algorithm", "type")}
        fields["algorithm"] = numbers[fields["algorithm"]][0]
        fields["type"] = numbers[fields["type"]][1]
        return fields


def test_a_decryptor_made_of_the_page_opens_a_backup(desk: CommandDesk, tmp_path: Path) -> None:
    notes, file = tmp_path / "notes.txt", tmp_path / "keys.backup"
    notes.write_text(NOTES)
    saved(filled(desk, tmp_path, WRITTEN), file, "--notes", str(notes))
    opened = Decryptor(file.read_bytes(), PHRASE)
    assert opened.notes() == NOTES
    names = ("issuer", "label", "secret", "algorithm", "digits", "period", "type", "counter")
    assert tuple(Entry(*(one[name] for name in names)) for one in opened.accounts()) == WRITTEN
    assert [one["recipe"] for one in opened.accounts()] == [""] * 4
    with pytest.raises(InvalidTag):
        Decryptor(file.read_bytes(), "another").notes()
