"""`totpkey restore` on a key that already has accounts, some with equal names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from readers.tests.entries import AMAZON, WORK, Entry
from tests.backup.backups import PHRASE, SPARE, code_of, filled, saved
from tests.support.terminal import CommandDesk, MakeDesk, Result
from totpkey.accounts import codes
from totpkey.cli import exits
from totpkey.link.client import KeyClient

TWINS = (AMAZON, Entry("Amazon", AMAZON.label, b"Z" * 20, digits=8))


def replaced(desk: CommandDesk, path: Path) -> Result:
    """Where one account has to go and others to come, each after a press."""
    arguments = ("restore", str(path), "--stdin", "--force", "--replace")
    return desk.run(*arguments, stdin=PHRASE, when_asked=[desk.agree, desk.agree])


def noted(monkeypatch: pytest.MonkeyPatch, name: str, order: list[str]) -> None:
    """Note each call of that command."""
    real = getattr(KeyClient, name)

    def call(*given: object) -> object:
        order.append(name)
        return real(*given)

    monkeypatch.setattr(KeyClient, name, call)


def restored_without_a_press(desk: CommandDesk, path: Path, *options: str) -> Result:
    """Where nothing is left to be done."""
    return desk.run("restore", str(path), "--stdin", *options, stdin=PHRASE)


@pytest.mark.slow
def test_a_restore_that_replaces_keeps_what_it_has_renamed(make_desk: MakeDesk, tmp_path: Path) -> None:
    """Two accounts of one name: the key has the second as “x (2)”, which the backup does not say."""
    first, second = make_desk(), make_desk(uid=SPARE)
    for number, entry in enumerate(TWINS):
        options = ("--stdin", "--force", "--digits", str(entry.digits))
        added = first.run("add", f"Amazon:{entry.label}", *options, stdin=entry.base32)
        assert added.code == exits.OK, (number, added.err)
    file = tmp_path / "keys.backup"
    saved(first, file)
    filled(second, tmp_path, (Entry("Old", "gone", b"O" * 20),))
    assert replaced(second, file).code == exits.OK
    expected = [AMAZON.label, f"{AMAZON.label} (2)"]
    assert second.labels() == expected
    again = restored_without_a_press(second, file, "--replace")
    assert again.code == exits.OK
    assert again.err.count("Already on this key, skipped") == 2
    assert second.labels() == expected


def test_a_restore_onto_a_key_with_one_name_twice_adds_nothing(desk: CommandDesk, tmp_path: Path) -> None:
    for secret in (AMAZON.base32, WORK.base32):
        assert desk.run("add", "Amazon:x", "--stdin", "--force", stdin=secret).code == exits.OK
    file = tmp_path / "keys.backup"
    saved(desk, file)
    for option in ("--force", "--replace"):
        again = restored_without_a_press(desk, file, option)
        assert again.code == exits.OK
        assert again.err.count("Already on this key, skipped") == 2
    assert desk.labels() == ["x", "x"]


def test_a_restore_that_replaces_gives_back_a_name_that_was_taken(
    desk: CommandDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(desk, tmp_path, TWINS[:1])
    file = tmp_path / "keys.backup"
    saved(desk, file)
    other = desk.run("list", "--json").out
    assert desk.run("remove", "--force", AMAZON.label, when_asked=desk.agree).code == exits.OK
    filled(desk, tmp_path, TWINS[1:])
    # A key may have no room for both.
    order = list[str]()
    for name in ("remove", "batch"):
        noted(monkeypatch, name, order)
    assert replaced(desk, file).code == exits.OK
    assert order == ["remove", "batch"]
    (now,), (before,) = desk.told("list"), json.loads(other)
    assert {**now, "account": ""} == {**before, "account": ""}
    assert code_of(desk, AMAZON.label) in {
        codes.totp(AMAZON.secret, int(desk.key.true_time) - late, "SHA1", 6, 30) for late in (0, 2)
    }
