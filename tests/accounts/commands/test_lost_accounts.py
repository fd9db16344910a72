"""If the key's flash has lost an account, commands name it, and the others stay usable."""

from __future__ import annotations

from pathlib import Path

from readers.tests.entries import AMAZON
from tests.backup.backups import PHRASE, SPARE, filled, saved
from tests.support.damage import damaged
from tests.support.terminal import CommandDesk, MakeDesk
from totpkey.cli import exits
from totpkey_protocol.words import UNREADABLE


def lose(desk: CommandDesk) -> str:
    """Turn one bit of every page of the first accounts, and plug the key in for setup; the id of one."""
    desk.key.unplug()
    desk.key.flash = damaged(desk.key.flash, 0)
    desk.key.plug()
    desk.replug_for_setup()
    listed = desk.told("list")
    return next(str(entry["account"]) for entry in listed if entry["label"] == UNREADABLE)


def test_a_backup_names_what_cannot_be_read(desk: CommandDesk, tmp_path: Path) -> None:
    filled(desk, tmp_path, (AMAZON,))
    earlier, file = tmp_path / "earlier.backup", tmp_path / "keys.backup"
    assert saved(desk, earlier).code == exits.OK
    lost = lose(desk)
    refused = desk.run("backup", str(file), "--stdin", stdin=PHRASE)
    assert refused.code == exits.ERROR
    assert f"cannot read 1 account ({lost})" in refused.err
    assert f"`totpkey remove {lost}`" in refused.err
    assert not file.exists()
    code = desk.run("code", lost)
    assert code.code == exits.ERROR
    assert UNREADABLE in code.err
    assert desk.run("remove", "--force", lost, when_asked=desk.agree).code == exits.OK
    arguments = ("restore", str(earlier), "--stdin", "--force")
    assert desk.run(*arguments, stdin=PHRASE, when_asked=desk.agree).code == exits.OK
    assert desk.labels() == [AMAZON.label]
    assert saved(desk, file).code == exits.OK


def test_a_clone_leaves_it_out_and_says_which(make_desk: MakeDesk, tmp_path: Path) -> None:
    first, second = filled(make_desk(), tmp_path, (AMAZON,)), make_desk(uid=SPARE)
    lost = lose(first)
    told = first.run("clone", second.port, "--dry-run")
    assert told.code == exits.PARTIAL
    assert f"`totpkey remove {lost}`" in told.out
