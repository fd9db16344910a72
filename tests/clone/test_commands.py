"""A key and its spare, through the real command line: `clone`, `compare`, and an account for both.

After each test, all bytes to and from both keys are searched for the accounts' secrets (tests/leaks).
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from readers.tests.entries import AMAZON, COUNTED, LONG, STEAM, WORK, Entry
from tests.backup.backups import SPARE, filled
from tests.support.person import at_a_terminal
from tests.support.terminal import CommandDesk, Hand, MakeDesk, Result, desk, make_desk, world
from totpkey.accounts import codes
from totpkey.cli import exits
from totpkey.link.client import KeyClient

__all__ = ["desk", "make_desk", "world"]

ENTRIES = (AMAZON, WORK, LONG, COUNTED)


def ids(desk: CommandDesk) -> set[str]:
    return {entry["account"] for entry in desk.told("list")}


def cloned(source: CommandDesk, target: CommandDesk, *options: str) -> Result:
    """Hold the first key's button when it asks, then press the second's."""
    hands = [source.agree, target.agree]
    return source.run("clone", target.port, "--force", *options, when_asked=hands)


def test_a_clone_types_the_same_codes(make_desk: MakeDesk, tmp_path: Path) -> None:
    first, second = filled(make_desk(), tmp_path, ENTRIES), make_desk(uid=SPARE)
    result = cloned(first, second).ended(exits.OK)
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
    shown = first.run("clone", other, "--dry-run").ended(exits.PARTIAL)
    rows = {line.split("  ")[0]: line for line in shown.out.splitlines()}
    assert "skip: it has it already" in rows["Amazon:shop@example.com"]
    assert rows["公司:小王"].endswith("copy")
    assert "rename one of them" in rows["Shop:x"]
    assert second.labels() == ["shop@example.com", "x"]
    assert first.run("clone", other, stdin="n\n").code == exits.ERROR
    assert cloned(first, second).code == exits.PARTIAL
    assert second.labels() == ["shop@example.com", "x", "小王"]
    first.run("clone", other).ended(exits.PARTIAL, "0 accounts to copy")


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
            second.replug()
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
    first.run("clone", second.port, "--force", when_asked=first.press_and_wait).ended(exits.NO_PRESS)
    assert second.labels() == []


def test_a_key_that_never_exports_is_not_cloned(make_desk: MakeDesk) -> None:
    first, second = make_desk(), make_desk(uid=SPARE)
    assert first.run("init", "--lock", "device", "--no-export", when_asked=first.agree).code == exits.OK
    first.add("Amazon:shop")
    first.run("clone", second.port).ended(exits.ERROR, "for good")


def test_the_same_key_twice(desk: CommandDesk) -> None:
    desk.run("clone", desk.port).ended(exits.NO_KEY, "same key twice")


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


def test_compare_shows_what_each_key_lacks(make_desk: MakeDesk, tmp_path: Path) -> None:
    first = filled(make_desk(), tmp_path)
    second = filled(make_desk(uid=SPARE), tmp_path, (AMAZON, Entry("Old", "gone", b"O" * 20)))
    told = first.run("compare", second.port).ended(exits.OK)
    assert "08090a0b0c0d0e0f lacks 公司:小王" in told.out
    assert "0001020304050607 lacks Old:gone" in told.out
    assert "Amazon" not in told.out
    as_json = first.told("compare", second.port)
    assert [entry["label"] for entry in as_json["0001020304050607"]] == ["gone"]


def test_an_account_for_two_keys_at_once(make_desk: MakeDesk) -> None:
    first, second = make_desk(), make_desk(uid=SPARE)
    other = second.port
    result = first.run("add", "Amazon:shop", "--stdin", "--also", other, stdin=AMAZON.base32).ended(exits.OK)
    assert result.err.count("agree on its code") == 2
    assert first.labels() == second.labels() == ["shop"]
    assert "same accounts" in first.run("compare", other).err
    first.run("add", "x", "--stdin", "--also", first.port, stdin=AMAZON.base32).ended(exits.NO_KEY)
    assert first.labels() == ["shop"]


FIRST_ID, SECOND_ID = "0001020304050607", "08090a0b0c0d0e0f"


def test_of_two_accounts_of_one_name_the_spare_may_lack_one(make_desk: MakeDesk) -> None:
    first, second = make_desk(), make_desk(uid=SPARE)
    first.add("Amazon:shop")
    second.add("Amazon:shop")
    first.run("add", "--force", "--stdin", "Amazon:shop", stdin="MFZW GZDF NNUW 4ZZA").ended(exits.OK)
    told = first.run("compare", second.port)
    assert told.out.count("lacks Amazon:shop") == 1
    assert f"{SECOND_ID} lacks Amazon:shop" in told.out
    assert "same accounts" not in told.err
    as_json = second.told("compare", first.port)
    assert {key: len(lacks) for key, lacks in as_json.items()} == {FIRST_ID: 0, SECOND_ID: 1}


@pytest.fixture
def first(make_desk: MakeDesk) -> CommandDesk:
    """A key that types letters, as a new one does not."""
    desk = make_desk()
    assert desk.run("init", "--lock", "device").code == exits.OK
    assert desk.run("typing", "set", "--layout", "us", when_asked=desk.agree).code == exits.OK
    return desk


@pytest.fixture
def second(make_desk: MakeDesk) -> CommandDesk:
    return make_desk(uid=SPARE)


def add_to_both(first: CommandDesk, second: CommandDesk, *options: str, agreed: bool = True) -> Result:
    """Letters want a press on each key that can type them."""
    arguments = ("add", "Steam:gamer", "--stdin", "--also", second.port, *options)
    return first.run(*arguments, stdin=STEAM.uri, when_asked=first.agree if agreed else ())


def asked_of_both(first: CommandDesk, second: CommandDesk, do: Hand) -> Result:
    """Add what wants a press on each key, as text beside a code does; `do` is what comes on the second."""
    arguments = ("add", "Bank:12345", "--stdin", "--recipe", "{user}{TAB}{code}", "--also", second.port)
    return first.run(*arguments, stdin=STEAM.base32, when_asked=[first.agree, do])


def test_what_the_spare_cannot_take_is_on_the_first_key_and_can_be_copied(
    first: CommandDesk, second: CommandDesk
) -> None:
    """No layout is set on the spare, so it could not type the letters of Steam's codes."""
    add_to_both(first, second).ended(
        exits.PARTIAL,
        f"Saved on key {FIRST_ID}, not on key {SECOND_ID}: With its present settings",
        "`totpkey calibrate`",
        f"Fix that, then run `totpkey clone {SECOND_ID}`",
    )
    assert (first.labels(), second.labels()) == (["gamer"], [])
    second.run("init", "--lock", "device")
    assert second.run("typing", "set", "--layout", "us", when_asked=second.agree).code == exits.OK

    # For the batch, and for the one that types letters.
    hands = [first.agree, second.agree, second.agree]
    first.run("clone", second.port, "--force", when_asked=hands).ended(exits.OK)
    assert first.labels() == second.labels() == ["gamer"]


def test_a_spare_that_is_pulled_out_while_it_waits(first: CommandDesk, second: CommandDesk) -> None:
    result = asked_of_both(first, second, second.unplug)
    second.key.plug()
    assert result.code == exits.PARTIAL
    assert f"Saved on key {FIRST_ID}. On key {SECOND_ID}: " in result.err
    assert "It is unknown whether the key did this." in result.err
    assert "command again" not in result.err
    assert "Unplug that key, plug it in again" in result.err
    assert f"`totpkey clone {SECOND_ID}`" in result.err
    assert first.labels() == ["12345"]


def test_a_spare_that_is_not_pressed(first: CommandDesk, second: CommandDesk) -> None:
    result = asked_of_both(first, second, second.let_it_wait)
    assert result.code == exits.PARTIAL
    assert f"not on key {SECOND_ID}: The button was not pressed" in result.err
    assert "command again" not in result.err
    assert (first.labels(), second.labels()) == (["12345"], [])


def test_a_copy_that_clone_would_not_make_is_not_what_people_are_told(
    first: CommandDesk, second: CommandDesk
) -> None:
    """It leaves out accounts of one name, which only --force makes."""
    result = add_to_both(first, second, "--force").ended(exits.PARTIAL, f"`totpkey --key {SECOND_ID} add`")
    assert "clone" not in result.err


def test_nor_is_it_where_the_first_key_gives_nothing_away(make_desk: MakeDesk, second: CommandDesk) -> None:
    first = make_desk()
    assert first.run("init", "--lock", "device", "--no-export", when_asked=first.agree).code == exits.OK
    assert first.run("typing", "set", "--layout", "us", when_asked=first.agree).code == exits.OK
    result = add_to_both(first, second)
    assert f"`totpkey --key {SECOND_ID} add`" in result.err
    assert "clone" not in result.err


def test_what_the_first_key_cannot_take_is_told_as_ever(first: CommandDesk, second: CommandDesk) -> None:
    """And nothing was saved, so the command can be run again."""
    result = add_to_both(second, first, agreed=False).ended(exits.ERROR)
    assert "Saved" not in result.err
    assert first.labels() == second.labels() == []


def test_a_walk_with_a_spare_that_cannot_take_it_says_how_to_go_on(
    first: CommandDesk, second: CommandDesk
) -> None:
    arguments = ("enroll", "generic", "--way", "key", "--also", second.port)
    with at_a_terminal(first, *arguments) as (person, process):
        person.reads("Paste the setup key here")
        person.answers("otpauth://totp/Steam:gamer?issuer=Steam&secret=" + STEAM.base32)
        person.reads("The first key: press")
        first.agree()
        person.reads("Saved on key")
        person.reads_the_rest()
        assert process.wait() == exits.PARTIAL
    assert f"not on key {SECOND_ID}: With its present settings" in person.seen
    assert f"`totpkey clone {SECOND_ID}`" in person.seen
    assert f'`totpkey --key {FIRST_ID} code "Steam:gamer"`' in person.seen
    assert (first.labels(), second.labels()) == (["gamer"], [])
