"""The passphrase through the real command line."""

from __future__ import annotations

import unicodedata

import pytest

from tests.locks.commands.lock_setups import PASSPHRASE, PIN, blocked, locked, set_up, shown
from tests.support.person import at_a_terminal
from tests.support.terminal import CommandDesk
from totpkey.cli import exits
from totpkey.locks.words import english
from totpkey_protocol import limits


@pytest.mark.slow
def test_a_passphrase_opens_a_key_whose_pin_is_destroyed(desk: CommandDesk) -> None:
    set_up(desk, "pin", PIN)
    assert desk.run("passphrase", "set", "--stdin", stdin=PASSPHRASE, when_asked=desk.agree).code == exits.OK
    assert "passphrase" in shown(desk)["lock"]
    desk.run("lock")
    blocked(desk)
    opened = desk.run("unlock", "--stdin", stdin=PASSPHRASE, when_asked=desk.agree)
    assert opened.code == exits.OK
    assert "Amazon:shop" in desk.run("list").out


def test_a_wrong_passphrase(desk: CommandDesk) -> None:
    locked(desk, "passphrase", PASSPHRASE)
    wrong = desk.run("unlock", "--stdin", stdin=PASSPHRASE.upper(), when_asked=desk.agree)
    assert wrong.code == exits.LOCKED
    assert "Caps Lock" in wrong.err
    assert desk.run("unlock", "--stdin", stdin=PASSPHRASE, when_asked=desk.agree).code == exits.OK


def test_one_of_two_locks_is_removed_without_a_question(desk: CommandDesk) -> None:
    set_up(desk, "pin", PIN)
    assert desk.run("passphrase", "remove").code == exits.ERROR
    desk.run("passphrase", "set", "--stdin", stdin=PASSPHRASE, when_asked=desk.agree)
    assert desk.run("passphrase", "remove", when_asked=desk.agree).code == exits.OK
    assert shown(desk)["lock"] == f"its PIN ({limits.TRIES} tries left)"


@pytest.mark.slow
def test_what_an_old_copy_opens_is_said_where_a_lock_was_not_entered(desk: CommandDesk) -> None:
    def told(*command: str, stdin: str) -> bool:
        result = desk.run(*command, "--stdin", stdin=stdin, when_asked=desk.agree)
        assert result.code == exits.OK
        words = " ".join(result.err.split())
        assert ("old copy of the key's memory" in words) == ("unlock the key with its PIN, then set" in words)
        return "old copy of the key's memory" in words

    set_up(desk, "pin", PIN)
    assert not told("passphrase", "set", stdin=PASSPHRASE)
    desk.run("lock")
    assert not told("unlock", "--passphrase", stdin=PASSPHRASE)
    assert told("passphrase", "set", stdin=PASSPHRASE[::-1])
    assert not told("pin", "change", stdin=PIN)


def test_a_key_with_a_pin_alone_is_not_opened_by_a_passphrase(desk: CommandDesk) -> None:
    result = locked(desk).run("unlock", "--passphrase", "--stdin", stdin=PASSPHRASE)
    assert result.code == exits.ERROR
    assert "no passphrase" in result.err


def test_a_passphrase_opens_however_its_accents_are_typed(desk: CommandDesk) -> None:
    locked(desk, "passphrase", "čtyři náhodná slova")
    taken_apart = unicodedata.normalize("NFD", "čtyři náhodná slova")
    assert desk.run("unlock", "--stdin", stdin=taken_apart, when_asked=desk.agree).code == exits.OK


def test_four_words_are_made_for_whoever_enters_none(desk: CommandDesk) -> None:
    """They are shown once, have to be typed again, and then open the key."""
    set_up(desk, "pin", PIN)
    with at_a_terminal(desk, "passphrase", "set") as (person, process):
        person.replies("just Enter has four random words made for you", "")
        told = person.reads("once more")
        (words,) = [line.strip() for line in told.splitlines() if line.startswith("    ")]
        person.answers("something else altogether")
        person.reads("The two entries differ.")
        person.replies("once more", words)
        person.reads("wait for the blue light")
        desk.agree()
        person.reads_the_rest()
        assert process.wait() == exits.OK
    # The bell sounds with a press and with the blue light, and not with each drawing.
    assert 1 < person.seen.count("\a") < person.seen.count("○")
    assert len(words.split()) == 4
    assert set(words.split()) <= set(english())
    desk.run("lock")
    assert desk.run("unlock", "--passphrase", "--stdin", stdin=words, when_asked=desk.agree).code == exits.OK


def test_what_many_people_take_is_refused_and_not_repeated(desk: CommandDesk) -> None:
    set_up(desk, "pin", PIN)
    refused = desk.run("passphrase", "set", "--stdin", stdin="password1234")
    assert refused.code == exits.USAGE
    assert "four random words" in refused.err
    assert "password1234" not in refused.err
