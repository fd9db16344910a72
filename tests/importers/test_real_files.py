"""Real export files of other projects are read as those projects' own tests expect, or refused by name.

If they cannot be fetched, one line for each project says so, and those that are there are used.
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
from totpkey import errors
from totpkey.accounts.account import Account
from totpkey.importers.plan import Contents, fitting
from totpkey_readers.formats import files
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
