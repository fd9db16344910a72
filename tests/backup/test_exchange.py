"""`totpkey backup open --cxf` writes what the published CXF asks for, and loses no account.

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

from readers.tests.entries import AMAZON, ENTRIES
from readers.tests.reading import entries
from tests.backup.backups import PHRASE, backed_up
from tests.backup.giving_out import ACCOUNTS, KEPT, TIMED, is_steam, typed
from tests.importers.reading import read
from tests.support.terminal import CommandDesk
from totpkey.accounts.account import Account
from totpkey.backups import exports
from totpkey.cli import exits

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


def test_the_file_is_read_as_it_was() -> None:
    assert entries(read(exports.exchange_document(ACCOUNTS, MADE))) == ENTRIES


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


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
def test_it_needs_the_word_and_is_its_owner_s_alone(desk: CommandDesk, tmp_path: Path) -> None:
    backup, file = backed_up(desk, tmp_path, KEPT), tmp_path / "keys.cxf"
    arguments = [str(backup), "--cxf", "-o", str(file)]
    code, shown = typed(arguments, PHRASE, "yes")
    assert code != exits.OK
    assert not file.exists()
    code, shown = typed(arguments, PHRASE, "open")
    assert code == exits.OK, shown
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(strict(file.read_bytes())) == len(KEPT)
    assert entries(read(file.read_bytes())) == KEPT
    assert "1 account: by counter" in shown
    assert AMAZON.base32 not in shown
