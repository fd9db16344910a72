"""`totpkey clone` and related commands, on two simulated keys. Nobody else can read what they exchange.

After each test, all bytes to and from both keys are searched for the accounts' secrets (tests/leaks).
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from readers.tests.entries import AMAZON, COUNTED, LONG, WORK, Entry
from tests.backup.backups import SPARE, filled
from tests.importers.commands.importing import pull_the_plug
from tests.support.terminal import CommandDesk, MakeDesk, Result
from totpkey.accounts import codes
from totpkey.cli import exits
from totpkey.link.client import KeyClient

ENTRIES = (AMAZON, WORK, LONG, COUNTED)


def ids(desk: CommandDesk) -> set[str]:
    return {entry["account"] for entry in desk.told("list")}


def cloned(source: CommandDesk, target: CommandDesk, *options: str) -> Result:
    """Hold the first key's button when it asks, then press the second's."""
    hands = [source.agree, target.agree]
    return source.run("clone", target.port, "--force", *options, when_asked=hands)


def test_a_clone_types_the_same_codes(make_desk: MakeDesk, tmp_path: Path) -> None:
    first, second = filled(make_desk(), tmp_path, ENTRIES), make_desk(uid=SPARE)
    result = cloned(first, second)
    assert result.code == exits.OK, result.err
    assert result.err.count("The first key: press") == 1
    assert result.err.count("The second key: press") == 1
    assert "Saved: 4 accounts" in result.err
    assert "by counter" in result.err
    assert second.labels() == [entry.label for entry in ENTRIES]
    assert not ids(first) & ids(second)
    for entry in ENTRIES[:3]:
        moments = [int(second.key.true_time)]
        code = second.run("code", f"{entry.issuer}:{entry.label}", when_asked=second.agree).out.strip()
        moments.append(int(second.key.true_time))
        assert code in {
            codes.totp(entry.secret, moment, entry.algorithm, entry.digits, entry.period)
            for moment in moments
        }
    counted = second.run("code", "Old VPN", when_asked=second.agree).out.strip()
    assert counted == codes.hotp(COUNTED.secret, COUNTED.counter)
    assert "same accounts" in first.run("compare", second.port).err


@pytest.mark.slow
def test_only_what_is_lacking_is_copied_and_clashes_are_told(make_desk: MakeDesk, tmp_path: Path) -> None:
    first = filled(make_desk(), tmp_path, (AMAZON, WORK, Entry("Shop", "x", b"S" * 20)))
    second = filled(make_desk(uid=SPARE), tmp_path, (AMAZON, Entry("Shop", "x", b"T" * 20, digits=8)))
    other = second.port
    shown = first.run("clone", other, "--dry-run")
    assert shown.code == exits.PARTIAL
    rows = {line.split("  ")[0]: line for line in shown.out.splitlines()}
    assert "skip: it has it already" in rows["Amazon:shop@example.com"]
    assert rows["公司:小王"].endswith("copy")
    assert "rename one of them" in rows["Shop:x"]
    assert second.labels() == ["shop@example.com", "x"]
    assert first.run("clone", other, stdin="n\n").code == exits.ERROR
    assert cloned(first, second).code == exits.PARTIAL
    assert second.labels() == ["shop@example.com", "x", "小王"]
    again = first.run("clone", other)
    assert again.code == exits.PARTIAL
    assert "0 accounts to copy" in again.err


@pytest.mark.slow
def test_a_clone_that_was_cut_goes_on(
    make_desk: MakeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = tuple(Entry("Shop", f"user {n}", n.to_bytes(20, "big")) for n in range(30))
    first, second = filled(make_desk(), tmp_path, many), make_desk(uid=SPARE)
    receive = KeyClient.clone_receive
    calls: list[str] = []

    def receive_and_pull_the_plug(client: KeyClient, sealed: str) -> str:
        calls.append(sealed)
        if len(calls) == 20:
            pull_the_plug(second)
        return receive(client, sealed)

    with monkeypatch.context() as patch:
        patch.setattr(KeyClient, "clone_receive", receive_and_pull_the_plug)
        cut = cloned(first, second)
    assert cut.code == exits.PARTIAL
    assert "same command again" in cut.err
    second.hold_for_setup()
    kept = second.labels()
    assert 19 - 16 <= len(kept) <= 19
    assert cloned(first, second).code == exits.OK
    assert second.labels() == [entry.label for entry in many]


def test_without_a_hold_nothing_leaves_the_key(make_desk: MakeDesk, tmp_path: Path) -> None:
    first, second = filled(make_desk(), tmp_path, (AMAZON,)), make_desk(uid=SPARE)
    result = first.run("clone", second.port, "--force", when_asked=first.press_and_wait)
    assert result.code == exits.NO_PRESS
    assert second.labels() == []


def test_a_key_that_never_exports_is_not_cloned(make_desk: MakeDesk) -> None:
    first, second = make_desk(), make_desk(uid=SPARE)
    assert first.run("init", "--lock", "device", "--no-export", when_asked=first.agree).code == exits.OK
    first.add("Amazon:shop")
    result = first.run("clone", second.port)
    assert result.code == exits.ERROR
    assert "for good" in result.err


def test_the_same_key_twice(desk: CommandDesk) -> None:
    result = desk.run("clone", desk.port)
    assert result.code == exits.NO_KEY
    assert "same key twice" in result.err


def test_of_two_keys_the_second_is_enough(
    make_desk: MakeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With both plugged in, naming one says which the other is."""
    from adafruit_board_toolkit import circuitpython_serial

    from totpkey.cli.root import run

    first = filled(make_desk(), tmp_path, (AMAZON,))
    second = filled(make_desk(uid=SPARE), tmp_path, (WORK,))
    ports = [
        SimpleNamespace(device=desk.port, product="totpkey", serial_number=uid.hex())
        for desk, uid in ((first, bytes(range(8))), (second, SPARE))
    ]
    monkeypatch.setattr(circuitpython_serial, "data_comports", lambda: ports)
    capsys.readouterr()
    assert run(["compare", "0809"]) == exits.OK
    out = capsys.readouterr().out
    assert "08090a0b0c0d0e0f lacks Amazon" in out
    assert "0001020304050607 lacks 公司" in out
