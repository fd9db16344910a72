"""The passphrase through the real command line."""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata

import pytest

from tests.locks.commands.lock_setups import PASSPHRASE, PIN, blocked, locked, set_up, shown
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
    ours, theirs = os.openpty()
    program = [sys.executable, "-m", "totpkey", "--port", str(desk.bridge.path), "passphrase", "set"]
    with subprocess.Popen(
        program, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as process:
        os.close(theirs)
        until(ours, b"just Enter has four random words made for you")
        os.write(ours, b"\n")
        told = until(ours, b"once more")
        (words,) = [line.strip() for line in told.decode().splitlines() if line.startswith("    ")]
        os.write(ours, b"something else altogether\n")
        until(ours, b"The two entries differ.")
        until(ours, b"once more")
        os.write(ours, f"{words}\n".encode())
        until(ours, b"wait for the light")
        desk.agree()
        assert process.wait() == exits.OK
    os.close(ours)
    assert len(words.split()) == 4
    assert set(words.split()) <= set(english())
    desk.run("lock")
    assert desk.run("unlock", "--passphrase", "--stdin", stdin=words, when_asked=desk.agree).code == exits.OK


def until(terminal: int, wanted: bytes) -> bytes:
    told = b""
    while wanted not in told:
        told += os.read(terminal, 1)
    return told


def test_what_many_people_take_is_refused_and_not_repeated(desk: CommandDesk) -> None:
    set_up(desk, "pin", PIN)
    refused = desk.run("passphrase", "set", "--stdin", stdin="password1234")
    assert refused.code == exits.USAGE
    assert "four random words" in refused.err
    assert "password1234" not in refused.err
