"""A key and its spare, through the real command line: what each lacks, and what one of them cannot take."""

from __future__ import annotations

import pytest

from readers.tests.entries import STEAM
from tests.backup.backups import SPARE
from tests.support.person import at_a_terminal
from tests.support.terminal import CommandDesk, Hand, MakeDesk, Result
from totpkey.cli import exits

FIRST_ID, SECOND_ID = "0001020304050607", "08090a0b0c0d0e0f"


def test_of_two_accounts_of_one_name_the_spare_may_lack_one(make_desk: MakeDesk) -> None:
    first, second = make_desk(), make_desk(uid=SPARE)
    first.add("Amazon:shop")
    second.add("Amazon:shop")
    again = first.run("add", "--force", "--stdin", "Amazon:shop", stdin="MFZW GZDF NNUW 4ZZA")
    assert again.code == exits.OK, again.err
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
    result = add_to_both(first, second)
    assert result.code == exits.PARTIAL
    assert f"Saved on key {FIRST_ID}, not on key {SECOND_ID}: With its present settings" in result.err
    assert "`totpkey calibrate`" in result.err
    assert f"Fix that, then run `totpkey clone {SECOND_ID}`" in result.err
    assert (first.labels(), second.labels()) == (["gamer"], [])
    second.run("init", "--lock", "device")
    assert second.run("typing", "set", "--layout", "us", when_asked=second.agree).code == exits.OK

    # For the batch, and for the one that types letters.
    hands = [first.agree, second.agree, second.agree]
    cloned = first.run("clone", second.port, "--force", when_asked=hands)
    assert cloned.code == exits.OK, cloned.err
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
    result = add_to_both(first, second, "--force")
    assert result.code == exits.PARTIAL
    assert f"`totpkey --key {SECOND_ID} add`" in result.err
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
    result = add_to_both(second, first, agreed=False)
    assert result.code == exits.ERROR
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
