"""What other projects published is read as they say: real export files, and vectors of the ciphers.

A file is read as its own project's tests expect, or refused by name. If files cannot be fetched, one line for
each project says so, and those that are there are used. Vectors are of Argon2id, scrypt, AES-GCM and AES-CBC.
"""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

import fetch_samples
from readers.tests.reading import confined
from readers.tests.real.samples import EXPECTED, FILES, data_of, needed, stated
from tests.support.published import hexadecimal, published, wycheproof
from totpkey import errors
from totpkey.accounts.account import Account
from totpkey.importers.plan import Contents, fitting
from totpkey.locks import passphrase
from totpkey_readers.formats import files, locked
from totpkey_readers.records.problem import Problem


def of_real_files(test: Callable[..., None]) -> Callable[..., None]:
    """Some of the files ask for a gigabyte of Argon2."""
    return cast(Callable[..., None], needed(pytest.mark.slow(test)))


READ = [path for path, row in FILES.items() if "format" in row]
REFUSED = [path for path, row in FILES.items() if "refused" in row]
STATED = [path for path, row in FILES.items() if row.get("count") and row.get("differs") != ["*"]]


@cache
def read(path: str) -> Contents:
    row = FILES[path]

    def ask(app: str) -> str:
        assert "password" in row, f"asked for a password of {app}"
        return str(row["password"])

    with errors.in_words():
        return fitting(confined(data_of(path), ask))


def line(account: Account) -> str:
    """An account but for its secret, as the table has it."""
    last = f"counter {account.counter}" if account.type == "hotp" else f"{account.period} s"
    return f"{account.name} | {account.type} {account.algorithm} {account.digits} {last}"


@of_real_files
@pytest.mark.parametrize("path", READ)
def test_what_is_in_a_file(path: str) -> None:
    row, contents = FILES[path], read(path)
    assert contents.format == row["format"]
    assert sorted(skipped.name for skipped in contents.skipped) == sorted(row.get("skipped", []))
    assert all(skipped.reason for skipped in contents.skipped)
    if "accounts" in row:
        found = sorted(line(found.account) for found in contents.found)
        assert found == sorted(EXPECTED["accounts"][row["accounts"]])
    else:
        assert len(contents.found) == row.get("count", 0)


@of_real_files
@pytest.mark.parametrize("path", STATED)
def test_the_entries_that_its_own_project_states(path: str) -> None:
    """`differs` names the fields that this app's export cannot hold, or that are read otherwise here."""
    accounts = [found.account for found in read(path).found]
    entries = stated(path)
    if path.startswith("aegis"):
        # All its files are of the same accounts, and told apart by the secret, as its tests do.
        by_secret = {secret_of(entry): entry for entry in entries}
        entries = [by_secret[account.secret] for account in accounts]
    assert len(accounts) == len(entries)
    differing = {
        field
        for account, entry in zip(accounts, entries, strict=True)
        for field in entry
        if not same(field, entry, account)
    }
    assert differing == set(FILES[path].get("differs", []))


def secret_of(entry: dict[str, Any]) -> bytes:
    """The bits of a base32 text that make whole bytes, by another decoder than ours."""
    text = str(entry["secret"]).upper()
    text = text[: len(text) - (len(text) * 5 % 8) // 5]
    return base64.b32decode(text + "A" * (-len(text) % 8))[: len(entry["secret"]) * 5 // 8]


def same(field: str, entry: dict[str, Any], account: Account) -> bool:
    if field == "secret":
        return secret_of(entry) == account.secret
    if field == ("period" if account.type == "hotp" else "counter"):
        return True
    unnamed = field == "label" and not entry[field] and account.label.startswith("Unnamed ")
    return unnamed or bool(getattr(account, field) == entry[field])


@of_real_files
@pytest.mark.parametrize("path", REFUSED)
def test_what_cannot_be_read_is_told_by_name(path: str) -> None:
    with pytest.raises((errors.Unreadable, errors.WrongFilePassword)) as raised:
        read(path)
    assert FILES[path]["refused"] in raised.value.cause


@of_real_files
def test_files_of_the_same_accounts_have_the_same_secrets() -> None:
    """Plain and encrypted, and from one app into another: what one reader makes of them, the others make."""
    secrets: dict[str, set[frozenset[bytes]]] = defaultdict(set)
    for path in READ:
        if "accounts" in FILES[path]:
            contents = read(path)
            secrets[FILES[path]["accounts"]].add(frozenset(found.account.secret for found in contents.found))
    assert sum(map(len, secrets.values())) > 20
    assert [name for name, kinds in secrets.items() if len(kinds) > 1] == []


@of_real_files
@pytest.mark.parametrize("path", FILES)
def test_no_two_readers_take_the_same_file(path: str) -> None:
    try:
        readers = [name for name, _ in files.recognising(data_of(path))]
    except Problem:
        readers = []
    assert len(readers) <= 1


needs_git = pytest.mark.skipif(not shutil.which("git"), reason="there is no git")


@pytest.fixture
def one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copies of the repositories, of which one is there, with a file that is wanted and one that is not."""
    folder = tmp_path / "copies" / "cooper+files"
    folder.mkdir(parents=True)
    for name in ("a.otpauth", "README"):
        (folder / name).write_text(name)
    for arguments in (
        ["init", "--quiet"],
        ["add", "."],
        ["-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "--quiet", "-m", "x"],
    ):
        subprocess.run(["git", "-C", str(folder), *arguments], check=True)
    sources = tuple(
        fetch_samples.Source(repository, "HEAD", repository.partition("/")[0], ("*.otpauth",))
        for repository in ("cooper/files", "nobody/nothing")
    )
    monkeypatch.setattr(fetch_samples, "SOURCES", sources)
    return tmp_path


def fetched(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["fetch_samples", *arguments])
    return fetch_samples.main()


@needs_git
def test_what_is_at_hand_is_taken_and_the_rest_is_named(
    one: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copies, to = one / "copies", one / "samples"
    assert fetched(monkeypatch, "--from", f"{copies}/{{owner}}+{{name}}", str(to)) == 1
    assert [path.name for path in to.rglob("*.otpauth")] == ["a.otpauth"]
    assert not list(to.rglob("README"))
    said = capsys.readouterr()
    assert "cooper/files: 1 files" in said.out
    assert said.err.startswith("nobody/nothing: not fetched. ")


@needs_git
def test_where_nothing_is_at_hand_that_is_said(
    one: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fetched(monkeypatch, "--from", f"{one}/nowhere/{{owner}}+{{name}}", str(one / "samples")) == 1
    assert "No sample was fetched" in capsys.readouterr().err


#: The shortest and the longest initial value that `open_gcm` takes, in bits.
_GCM_NONCES = range(64, 1025)


def test_argon2id() -> None:
    """The command derives 32 bytes, without a secret or associated data."""
    vectors = list(published("KDF/argon2id.txt", between=r"\n\s*\n"))
    taken = [each for each in vectors if each.get("length") == "32" and not {"secret", "ad"} & each.keys()]
    for vector in taken:
        memory, passes, lanes = (int(vector[name]) for name in ("memcost", "iter", "lanes"))
        text, salt = hexadecimal(vector, "pass"), hexadecimal(vector, "salt")
        found = passphrase.argon2id(text, salt, memory, passes, lanes)
        assert found == hexadecimal(vector, "output")
    assert len(taken) >= 2


def test_scrypt() -> None:
    """Its last step is PBKDF2, so the first 32 of 64 bytes are what is derived as 32."""
    vectors = [vector for vector in published("KDF/scrypt.txt") if vector["salt"]]
    taken = [vector for vector in vectors if int(vector["n"]) < 1 << 20]
    for vector in taken:
        found = locked.scrypt(vector["password"], vector["salt"].encode(), *_numbers(vector))
        assert found == hexadecimal(vector, "derived_key")[:32]
    assert len(taken) == 2


def _numbers(vector: dict[str, str]) -> tuple[int, int, int]:
    return int(vector["n"]), int(vector["r"]), int(vector["p"])


@pytest.mark.parametrize("name", ["128", "192", "256"])
def test_gcm(name: str) -> None:
    judged = 0
    for vector in published(f"ciphers/AES/GCM/gcmDecrypt{name}.rsp"):
        nonce, tag = hexadecimal(vector, "iv"), hexadecimal(vector, "tag")
        if len(tag) != 16 or 8 * len(nonce) not in _GCM_NONCES:
            continue
        judged += 1
        key, sealed = hexadecimal(vector, "key"), hexadecimal(vector, "ct") + tag
        if "pt" in vector:
            opened = locked.open_gcm(key, nonce, sealed, hexadecimal(vector, "aad"))
            assert opened == hexadecimal(vector, "pt")
        else:
            with pytest.raises(Problem):
                locked.open_gcm(key, nonce, sealed, hexadecimal(vector, "aad"))
    assert judged > 500


def test_gcm_of_wycheproof() -> None:
    tests = wycheproof("aes_gcm")
    for test in tests:
        key, nonce, associated = (bytes.fromhex(test[name]) for name in ("key", "iv", "aad"))
        sealed = bytes.fromhex(test["ct"] + test["tag"])
        valid = test["result"] != "invalid" and test["ivSize"] in _GCM_NONCES
        _expect(valid, test["msg"], lambda: locked.open_gcm(key, nonce, sealed, associated), test)  # noqa: B023
    assert len(tests) > 300


def test_cbc_of_wycheproof() -> None:
    """Wrong padding is a wrong password, or a damaged file."""
    tests = wycheproof("aes_cbc_pkcs5")
    for test in tests:
        key, iv, sealed = (bytes.fromhex(test[name]) for name in ("key", "iv", "ct"))
        valid = test["result"] != "invalid"
        _expect(valid, test["msg"], lambda: locked.open_cbc(key, iv, sealed), test)  # noqa: B023
    assert len(tests) > 150


def _expect(valid: bool, message: str, opened: Any, test: dict[str, Any]) -> None:
    if valid:
        assert opened().hex() == message, test["tcId"]
    else:
        with pytest.raises(Problem):
            opened()
