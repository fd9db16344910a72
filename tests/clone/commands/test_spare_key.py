"""A spare key beside the first one: which accounts each lacks, and adding an account to both."""

from __future__ import annotations

from pathlib import Path

from readers.tests.entries import AMAZON, Entry
from tests.backup.backups import SPARE, filled
from tests.support.terminal import MakeDesk
from totpkey.cli import exits


def test_compare_shows_what_each_key_lacks(make_desk: MakeDesk, tmp_path: Path) -> None:
    first = filled(make_desk(), tmp_path)
    second = filled(make_desk(uid=SPARE), tmp_path, (AMAZON, Entry("Old", "gone", b"O" * 20)))
    told = first.run("compare", second.port)
    assert told.code == exits.OK
    assert "08090a0b0c0d0e0f lacks 公司:小王" in told.out
    assert "0001020304050607 lacks Old:gone" in told.out
    assert "Amazon" not in told.out
    as_json = first.told("compare", second.port)
    assert [entry["label"] for entry in as_json["0001020304050607"]] == ["gone"]


def test_an_account_for_two_keys_at_once(make_desk: MakeDesk) -> None:
    first, second = make_desk(), make_desk(uid=SPARE)
    other = second.port
    result = first.run("add", "Amazon:shop", "--stdin", "--also", other, stdin=AMAZON.base32)
    assert result.code == exits.OK, result.err
    assert result.err.count("agree on its code") == 2
    assert first.labels() == second.labels() == ["shop"]
    assert "same accounts" in first.run("compare", other).err
    same = first.run("add", "x", "--stdin", "--also", first.port, stdin=AMAZON.base32)
    assert same.code == exits.NO_KEY
    assert first.labels() == ["shop"]
