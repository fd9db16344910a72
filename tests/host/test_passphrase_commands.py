"""The passphrase through the real command line."""

from __future__ import annotations

import unicodedata

from tests.host.conftest import Desk
from tests.host.lock_setups import PASSPHRASE, PIN, blocked, locked, set_up, shown
from totpkey.cli import exits
from totpkey_protocol import limits


def test_a_passphrase_opens_a_key_whose_pin_is_destroyed(desk: Desk) -> None:
    set_up(desk, "pin", PIN)
    assert desk.run("passphrase", "set", "--stdin", stdin=PASSPHRASE, when_asked=desk.agree).code == exits.OK
    assert "passphrase" in shown(desk)["opens"]
    desk.run("lock")
    blocked(desk)
    opened = desk.run("unlock", "--stdin", stdin=PASSPHRASE, when_asked=desk.agree)
    assert opened.code == exits.OK
    assert "Amazon:shop" in desk.run("list").out


def test_a_wrong_passphrase(desk: Desk) -> None:
    locked(desk, "passphrase", PASSPHRASE)
    wrong = desk.run("unlock", "--stdin", stdin=PASSPHRASE.upper(), when_asked=desk.agree)
    assert wrong.code == exits.LOCKED
    assert "Caps Lock" in wrong.err
    assert desk.run("unlock", "--stdin", stdin=PASSPHRASE, when_asked=desk.agree).code == exits.OK


def test_one_of_two_locks_is_removed_without_a_question(desk: Desk) -> None:
    set_up(desk, "pin", PIN)
    assert desk.run("passphrase", "remove").code == exits.ERROR
    desk.run("passphrase", "set", "--stdin", stdin=PASSPHRASE, when_asked=desk.agree)
    assert desk.run("passphrase", "remove", when_asked=desk.agree).code == exits.OK
    assert shown(desk)["opens"] == f"its PIN ({limits.TRIES} wrong ones left)"


def test_a_key_with_a_pin_alone_is_not_opened_by_a_passphrase(desk: Desk) -> None:
    result = locked(desk).run("unlock", "--passphrase", "--stdin", stdin=PASSPHRASE)
    assert result.code == exits.ERROR
    assert "no passphrase" in result.err


def test_a_passphrase_opens_however_its_accents_are_typed(desk: Desk) -> None:
    locked(desk, "passphrase", "čtyři náhodná slova")
    taken_apart = unicodedata.normalize("NFD", "čtyři náhodná slova")
    assert desk.run("unlock", "--stdin", stdin=taken_apart, when_asked=desk.agree).code == exits.OK
