"""`totpkey backup --drill` proves that a backup restores everything, and notices when it does not."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from readers.tests.entries import AMAZON, WORK, Entry
from tests.backup.backups import ACCOUNTS, ENTRIES, PHRASE, account, backed_up
from tests.journal.reading import remembered
from tests.support.desk import AMAZON as SHOP
from tests.support.desk import GITHUB
from tests.support.keys import simulated
from tests.support.terminal import CommandDesk, Result
from totpkey import errors
from totpkey.accounts.account import Account
from totpkey.cli import exits
from totpkey.cli.root import run
from totpkey.cli.simulation.drill import differing, drill
from totpkey.importers import plan
from totpkey.link.replies import StoredAccount
from totpkey_protocol import limits

__all__ = ["remembered"]


def drilled(desk: CommandDesk, file: Path, phrase: str = PHRASE) -> Result:
    return desk.run("backup", "--drill", str(file), "--stdin", stdin=phrase)


def of_doctor(desk: CommandDesk) -> dict[str, str]:
    found: list[dict[str, str]] = desk.told("doctor")
    return next(one for one in found if one["name"] == "drill")


def test_a_drill_changes_no_key_and_leaves_a_note_without_names(
    desk: CommandDesk, tmp_path: Path, remembered: Path
) -> None:
    file = backed_up(desk, tmp_path)
    assert of_doctor(desk)["grade"] == "odd"
    before = desk.run("list", "--json").out
    drilled(desk, file).ended(
        exits.OK, f"The drill succeeded: {len(ENTRIES)} accounts", "all accounts of key"
    )
    assert desk.run("list", "--json").out == before
    (note,) = remembered.iterdir()
    noted = json.loads(note.read_text())
    assert noted.keys() == {"time", "file"}
    assert noted["file"] == hashlib.sha256(file.read_bytes()).hexdigest()
    found = of_doctor(desk)
    assert found["grade"] == "good"
    assert noted["file"][:12] in found["detail"]
    assert noted["file"][:12] not in desk.run("doctor", "--report").out


def test_a_drill_needs_no_key(
    desk: CommandDesk, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = backed_up(desk, tmp_path, (AMAZON,))
    monkeypatch.setattr("totpkey.link.discovery.data_ports", list)
    monkeypatch.setattr("sys.stdin", io.StringIO(PHRASE))
    assert run(["backup", "drill", str(file), "--stdin"]) == exits.OK
    shown = capsys.readouterr().err
    assert "The drill succeeded: 1 account;" in shown
    assert "compared with no key" in shown


@pytest.mark.slow
def test_a_backup_on_paper_is_drilled_as_well(desk: CommandDesk, tmp_path: Path) -> None:
    file, paper = backed_up(desk, tmp_path), tmp_path / "pages.pdf"
    assert desk.run("backup", "print", str(file), str(paper)).code == exits.OK
    drilled(desk, paper).ended(exits.OK, f"The drill succeeded: {len(ENTRIES)} accounts")


#: The command without what `totpkey.exe` leaves out.
WITHOUT = (
    "import sys; sys.modules['totpkey_virtual'] = None; from totpkey.__main__ import main; sys.exit(main())"
)


def test_the_program_for_windows_says_that_it_has_no_simulated_key(desk: CommandDesk, tmp_path: Path) -> None:
    file = backed_up(desk, tmp_path)
    command = [sys.executable, "-c", WITHOUT, "backup", "drill", str(file), "--stdin"]
    environment = {**os.environ, "LANGUAGE": "en"}
    ended = subprocess.run(
        command, input=PHRASE, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "no simulated key" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_account_that_came_after_the_backup_is_named(desk: CommandDesk, tmp_path: Path) -> None:
    file = backed_up(desk, tmp_path, (AMAZON,))
    desk.add("GitHub:new")
    result = drilled(desk, file).ended(exits.PARTIAL, "The backup lacks GitHub:new")
    assert AMAZON.label not in result.err


def test_a_drill_that_fails_leaves_no_note(desk: CommandDesk, tmp_path: Path, remembered: Path) -> None:
    file = backed_up(desk, tmp_path, (AMAZON,))
    drilled(desk, file, "another phrase than that").ended(exits.LOCKED, "Wrong passphrase")
    document = json.loads(file.read_text())
    file.write_text(json.dumps(document | {"accounts": []}))
    assert drilled(desk, file).code == exits.LOCKED
    file.write_text(file.read_text()[:-9])
    drilled(desk, file).ended(exits.USAGE, "damaged")
    assert not remembered.exists()


def test_accounts_of_every_kind_come_back() -> None:
    """Letters in recipes, Steam's letters, counters, and one name twice."""
    typed = Account("VPN", "me@x.org", b"V" * 20, recipe="{user}{TAB}{code}{ENTER}")
    twin = account(Entry(AMAZON.issuer, AMAZON.label, b"W" * 20, digits=8))
    result = drill((*ACCOUNTS, typed, twin))
    assert result.wrong == ()
    assert len(result.accounts) == len(ACCOUNTS) + 2
    assert result.needs_layout
    assert result.renamed == ((f"{twin.name} (2)", twin.name),)
    plain = drill((account(AMAZON), account(WORK)))
    assert (plain.wrong, plain.renamed, plain.needs_layout) == ((), (), False)


#: What a key with SHOP and GITHUB does not have, by the difference.
OTHERS = {
    "order": (GITHUB, SHOP),
    "secret": (SHOP, replace(GITHUB, secret=b"1" * 20)),
    "digits": (SHOP, replace(GITHUB, digits=6)),
    "name": (SHOP, replace(GITHUB, label="you")),
    "recipe": (SHOP, replace(GITHUB, recipe="{code}{ENTER}")),
    "algorithm": (SHOP, replace(GITHUB, algorithm="SHA256")),
    "one too many": (SHOP,),
    "one missing": (SHOP, GITHUB, replace(GITHUB, label="you")),
}


def test_each_difference_is_noticed() -> None:
    with simulated().first_set_up() as client:
        for one in (SHOP, GITHUB):
            client.add(one)
        assert differing(client, (SHOP, GITHUB)) == ()
        for difference, expected in OTHERS.items():
            assert differing(client, expected) != (), difference


@pytest.mark.slow
def test_more_accounts_than_a_key_takes() -> None:
    many = [
        Account(f"{number}".rjust(limits.NAME, "i"), "l" * limits.NAME, bytes([number % 256]) * limits.SECRET)
        for number in range(1000)
    ]
    with pytest.raises(errors.InvalidBackup, match=r"A key has room for \d+ of the backup's 1000 accounts"):
        drill(many)


def test_one_account_of_the_backup_stands_for_one_on_the_key() -> None:
    """A key shows no secrets, so two of one name may differ."""
    twins = [StoredAccount(name, "Amazon", "x", "SHA1", 6, 30) for name in ("a1", "a2")]
    assert plan.lacking(twins, [Account("Amazon", "x", b"1" * 20)]) == [twins[1]]
    assert plan.lacking(twins, [Account("Amazon", "x", bytes([n]) * 20) for n in (1, 2)]) == []
