"""docs/reference/backup-file.md is enough to open a backup: a decryptor made only from its tables does so."""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from readers.tests.entries import AMAZON, COUNTED, LONG, WORK, Entry
from tests.backup.backups import NOTES, PHRASE, filled, saved
from tests.support.terminal import CommandDesk

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "backup-file.md"
ENTRIES = (AMAZON, WORK, LONG, COUNTED)


def table(*header: str) -> list[list[str]]:
    """The rows of the table with these columns."""
    rows = [
        [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
        for line in PAGE.read_text("utf-8").splitlines()
        if line.strip().startswith("|")
    ]
    start = rows.index(list(header)) + 2
    width = len(header)
    end = next(
        (n for n in range(start, len(rows)) if len(rows[n]) != width or set(rows[n][0]) <= {"-"}), None
    )
    found = rows[start:end]
    # The row before a line of dashes heads the next table.
    return found if end is None or not set(rows[end][0]) <= {"-"} else found[:-1]


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
    saved(filled(desk, tmp_path, ENTRIES), file, "--notes", str(notes))
    opened = Decryptor(file.read_bytes(), PHRASE)
    assert opened.notes() == NOTES
    read = tuple(
        Entry(
            *(
                one[name]
                for name in ("issuer", "label", "secret", "algorithm", "digits", "period", "type", "counter")
            )
        )
        for one in opened.accounts()
    )
    assert read == ENTRIES
    assert [one["recipe"] for one in opened.accounts()] == [""] * 4
    with pytest.raises(InvalidTag):
        Decryptor(file.read_bytes(), "another").notes()
