"""What opens a key, through the real command line: every such command, in every state of the key."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable

import pytest

from tests.host.conftest import Desk
from totpkey.cli import exits
from totpkey_protocol import limits

PIN = "2580"
WRONG = "2581"
PASSPHRASE = "correct horse battery staple"
SECRET = "JBSWY3DPEHPK3PXP"


def info(desk: Desk) -> dict[str, object]:
    told: dict[str, object] = json.loads(desk.run("info", "--json").out)
    return told


def shown(desk: Desk) -> dict[str, str]:
    """What `info` tells a person, by its first word."""
    return dict(line.split(maxsplit=1) for line in desk.run("info").out.splitlines())


def set_up(desk: Desk, lock: str, secret: str) -> None:
    """One account, and a lock."""
    result = desk.run("init", "--lock", lock, "--stdin", stdin=f"{secret}\n", when_asked=desk.press)
    assert result.code == exits.OK, result.err
    desk.add("Amazon:shop")


def locked(desk: Desk, lock: str = "pin", secret: str = PIN) -> Desk:
    set_up(desk, lock, secret)
    assert desk.run("lock").code == exits.OK
    return desk


def blocked(desk: Desk) -> Desk:
    """A key whose PIN is destroyed, with a passphrase if it has one."""
    for wrong in range(limits.TRIES):
        if wrong % limits.TRIES_A_POWER_UP == 0 and wrong:
            desk.replug()
        with desk.bridge.lock:
            desk.key.run(33)
        assert desk.run("unlock", "--stdin", stdin=WRONG, when_asked=desk.press).code == exits.LOCKED
    assert info(desk)["state"] == "blocked"
    return desk


# init


def test_init_without_a_lock(desk: Desk) -> None:
    assert desk.run("init", "--lock", "device").code == exits.OK
    told = info(desk)
    assert told["state"] == "open"
    assert told["slots"] == {
        "device": True,
        "pin": False,
        "passphrase": False,
        "tries": 0,
        "wait": 0,
        "export": True,
    }
    assert shown(desk)["opens"] == "whoever holds it"


def test_init_with_a_pin(desk: Desk) -> None:
    result = desk.run("init", "--lock", "pin", "--no-export", "--stdin", stdin=PIN, when_asked=desk.press)
    assert result.code == exits.OK
    assert "docs/pin.md" in result.err
    told = shown(desk)
    assert told["opens"] == f"its PIN ({limits.TRIES} wrong ones left)"
    assert "for good" in told["export"]


def test_init_with_a_passphrase(desk: Desk) -> None:
    set_up(desk, "passphrase", PASSPHRASE)
    assert shown(desk)["opens"] == "its passphrase"


def test_init_asks_in_plain_words(desk: Desk) -> None:
    result = desk.run("init", stdin="1\nn\n")
    assert result.code == exits.OK
    assert "whoever holds it can type your codes" in result.err
    assert "for good" in result.err
    assert info(desk)["slots"] == {
        "device": True,
        "pin": False,
        "passphrase": False,
        "tries": 0,
        "wait": 0,
        "export": False,
    }


def test_init_asks_a_person_at_a_terminal_for_the_pin_twice_and_shows_it_never(desk: Desk) -> None:
    answers = [
        (b"1, 2 or 3", b"2"),
        (b"[Y/n]", b"y"),
        (b"not shown", PIN.encode()),
        (b"Once more", PIN.encode()),
    ]
    screen = at_a_terminal(desk, ["init"], answers, desk.press)
    assert b"is ready" in screen
    assert PIN.encode() not in screen
    assert info(desk)["state"] == "open"


def at_a_terminal(
    desk: Desk, arguments: list[str], answers: list[tuple[bytes, bytes]], when_asked: Callable[[], None]
) -> bytes:
    """Run a command on a terminal, answer its questions in turn, touch the key; give the screen."""
    ours, theirs = os.openpty()
    program = [sys.executable, "-m", "totpkey", "--port", str(desk.bridge.path), *arguments]
    with subprocess.Popen(
        program, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as process:
        os.close(theirs)
        screen = b""
        for question, answer in [*answers, (b"Press the key's button", b"")]:
            told = b""
            while question not in told:
                told += os.read(ours, 1000)
            screen += told
            if answer:
                os.write(ours, answer + b"\n")
        with desk.bridge.lock:
            when_asked()
        assert process.wait() == exits.OK
        screen += os.read(ours, 10_000)
    os.close(ours)
    return screen


def test_init_that_gets_no_press_says_what_it_has_left(desk: Desk) -> None:
    result = desk.run("init", "--lock", "pin", "--stdin", stdin=PIN, when_asked=desk.let_it_wait)
    assert result.code == exits.NO_PRESS
    assert "without a PIN" in result.err
    assert "totpkey pin set" in result.err
    assert shown(desk)["opens"] == "whoever holds it"


def test_init_of_a_key_that_is_set_up(desk: Desk) -> None:
    desk.add("Amazon:shop")
    result = desk.run("init", "--lock", "device")
    assert result.code == exits.ERROR
    assert "wipe" in result.err


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        (["--stdin"], PIN),
        (["--lock", "device", "--stdin"], PIN),
        (["--lock", "pin"], ""),
        (["--lock", "pin", "--stdin"], "12a4"),
        (["--lock", "pin", "--stdin"], "2580\n2580\n"),
        (["--lock", "passphrase", "--stdin"], "too short"),
        (["--lock", "passphrase", "--stdin"], ""),
        (["--lock", "nonsense"], ""),
    ],
)
def test_what_init_cannot_take_leaves_the_key_blank(desk: Desk, arguments: list[str], stdin: str) -> None:
    result = desk.run("init", *arguments, stdin=stdin)
    assert result.code == exits.USAGE
    assert not stdin or stdin not in result.err
    assert info(desk)["state"] == "blank"


# PIN


def test_a_pin_is_set_changed_and_removed(desk: Desk) -> None:
    desk.add("Amazon:shop")
    assert desk.run("pin", "change", "--stdin", stdin=PIN).code == exits.ERROR
    assert desk.run("pin", "set", "--stdin", stdin=WRONG, when_asked=desk.press).code == exits.OK
    assert "pin change" in desk.run("pin", "set", "--stdin", stdin=PIN).err
    assert desk.run("pin", "change", "--stdin", stdin=PIN, when_asked=desk.press).code == exits.OK
    assert desk.run("lock").code == exits.OK
    assert desk.run("unlock", "--stdin", stdin=PIN, when_asked=desk.press).code == exits.OK
    declined = desk.run("pin", "remove", stdin="n\n")
    assert declined.code == exits.ERROR
    assert "as it was" in declined.err
    assert desk.run("pin", "remove", stdin="y\n", when_asked=desk.press).code == exits.OK
    assert shown(desk)["opens"] == "whoever holds it"


def test_a_pin_that_is_guessed_early_is_warned_of(desk: Desk) -> None:
    desk.add("Amazon:shop")
    result = desk.run("pin", "set", "--stdin", stdin="1234", when_asked=desk.press)
    assert result.code == exits.OK
    assert "thief" in result.err


def test_a_key_with_a_pin_starts_locked(desk: Desk) -> None:
    set_up(desk, "pin", PIN)
    desk.replug()
    assert info(desk)["state"] == "locked"
    assert desk.run("unlock", "--stdin", stdin=PIN, when_asked=desk.press).code == exits.OK
    assert "Amazon:shop" in desk.run("list").out


def test_a_locked_key_says_nothing_of_its_accounts(desk: Desk) -> None:
    locked(desk)
    told = info(desk)
    assert (told["state"], told["accounts"]) == ("locked", None)
    assert shown(desk)["accounts"] == "not told while locked"


LOCKED_OUT = {
    "init": ("init", "--lock", "device"),
    "add": ("add", "x", "--stdin"),
    "list": ("list",),
    "rename": ("rename", "shop", "x"),
    "move": ("move", "shop", "1"),
    "remove": ("remove", "shop", "--force"),
    "code": ("code", "shop"),
    "pin set": ("pin", "set", "--stdin"),
    "pin change": ("pin", "change", "--stdin"),
    "pin remove": ("pin", "remove", "--force"),
    "passphrase set": ("passphrase", "set", "--stdin"),
    "passphrase remove": ("passphrase", "remove", "--force"),
    "locking set": ("locking", "set", "--suspend"),
    "backup": ("backup", "x.backup", "--stdin"),
    "enroll": ("enroll", "github"),
}


@pytest.mark.parametrize("name", LOCKED_OUT)
def test_a_locked_key_refuses_and_the_command_says_what_to_do(desk: Desk, name: str) -> None:
    result = locked(desk).run(*LOCKED_OUT[name], stdin=SECRET)
    assert result.code == exits.LOCKED
    assert "totpkey unlock" in result.err
    assert "Amazon" not in result.err + result.out


@pytest.mark.parametrize("arguments", [("info",), ("time",), ("time", "sync"), ("locking",), ("lock",)])
def test_what_a_locked_key_still_does(desk: Desk, arguments: tuple[str, ...]) -> None:
    assert locked(desk).run(*arguments).code == exits.OK


BLANK_CODES = {
    ("unlock",): exits.ERROR,
    ("lock",): exits.ERROR,
    ("locking",): exits.ERROR,
    ("locking", "set", "--suspend"): exits.ERROR,
    ("pin", "set", "--stdin"): exits.ERROR,
    ("pin", "remove"): exits.ERROR,
    ("passphrase", "set", "--stdin"): exits.ERROR,
    ("list",): exits.OK,
    ("move", "x", "1"): exits.NOT_ONE_ACCOUNT,
    ("backup", "/nonexistent/x", "--stdin"): exits.ERROR,
}


@pytest.mark.parametrize("arguments", BLANK_CODES)
def test_a_blank_key_points_to_init(desk: Desk, arguments: tuple[str, ...]) -> None:
    result = desk.run(*arguments, stdin=PASSPHRASE)
    assert result.code == BLANK_CODES[arguments]
    assert result.code != exits.ERROR or "totpkey init" in result.err


def test_a_wrong_pin_costs_a_try_and_says_how_many_are_left(desk: Desk) -> None:
    locked(desk)
    wrong = desk.run("unlock", "--stdin", stdin=WRONG, when_asked=desk.press)
    assert wrong.code == exits.LOCKED
    assert f"{limits.TRIES - 1} tries are left" in wrong.err
    assert WRONG not in wrong.err
    assert desk.run("unlock", "--stdin", stdin=PIN, when_asked=desk.press).code == exits.OK
    assert shown(desk)["opens"] == f"its PIN ({limits.TRIES} wrong ones left)"


@pytest.mark.parametrize("entered", ["258", "2580a", ""])
def test_what_is_no_pin_costs_no_try(desk: Desk, entered: str) -> None:
    assert locked(desk).run("unlock", "--stdin", stdin=entered).code == exits.USAGE
    assert shown(desk)["opens"] == f"its PIN ({limits.TRIES} wrong ones left)"


def test_a_pin_without_a_press_costs_no_try(desk: Desk) -> None:
    result = locked(desk).run("unlock", "--stdin", stdin=WRONG, when_asked=desk.let_it_wait)
    assert result.code == exits.NO_PRESS
    assert shown(desk)["opens"] == f"its PIN ({limits.TRIES} wrong ones left)"


def test_after_three_wrong_pins_the_key_wants_to_be_unplugged(desk: Desk) -> None:
    locked(desk)
    for _ in range(limits.TRIES_A_POWER_UP):
        desk.run("unlock", "--stdin", stdin=WRONG, when_asked=desk.press)
    fourth = desk.run("unlock", "--stdin", stdin=PIN, when_asked=desk.press)
    assert fourth.code == exits.LOCKED
    assert "Unplug it" in fourth.err
    assert "5 tries are left" in fourth.err


def test_a_right_pin_that_comes_too_early_costs_no_try(desk: Desk) -> None:
    locked(desk)
    for wrong in range(5):
        if wrong == limits.TRIES_A_POWER_UP:
            desk.replug()
        with desk.bridge.lock:
            desk.key.run(5)
        desk.run("unlock", "--stdin", stdin=WRONG, when_asked=desk.press)
    early = desk.run("unlock", "--stdin", stdin=PIN, when_asked=desk.press)
    assert early.code == exits.LOCKED
    assert re.search(r"Wait \d+ s, then try again", early.err)
    assert "3 tries are left" in early.err


def test_after_the_last_wrong_pin_only_a_wipe_helps(desk: Desk) -> None:
    blocked(locked(desk))
    result = desk.run("unlock", "--stdin", stdin=PIN)
    assert result.code == exits.LOCKED
    assert "wipe" in result.err
    assert desk.run("list").code == exits.LOCKED
    assert desk.run("wipe", stdin="wipe\n", when_asked=desk.hold).code == exits.OK
    assert info(desk)["state"] == "blank"


# Passphrase


def test_a_passphrase_opens_a_key_whose_pin_is_destroyed(desk: Desk) -> None:
    set_up(desk, "pin", PIN)
    assert desk.run("passphrase", "set", "--stdin", stdin=PASSPHRASE, when_asked=desk.press).code == exits.OK
    assert "passphrase" in shown(desk)["opens"]
    desk.run("lock")
    blocked(desk)
    opened = desk.run("unlock", "--stdin", stdin=PASSPHRASE, when_asked=desk.press)
    assert opened.code == exits.OK
    assert "Amazon:shop" in desk.run("list").out


def test_a_wrong_passphrase(desk: Desk) -> None:
    locked(desk, "passphrase", PASSPHRASE)
    wrong = desk.run("unlock", "--stdin", stdin=PASSPHRASE.upper(), when_asked=desk.press)
    assert wrong.code == exits.LOCKED
    assert "Caps Lock" in wrong.err
    assert desk.run("unlock", "--stdin", stdin=PASSPHRASE, when_asked=desk.press).code == exits.OK


def test_one_of_two_locks_is_removed_without_a_question(desk: Desk) -> None:
    set_up(desk, "pin", PIN)
    assert desk.run("passphrase", "remove").code == exits.ERROR
    desk.run("passphrase", "set", "--stdin", stdin=PASSPHRASE, when_asked=desk.press)
    assert desk.run("passphrase", "remove", when_asked=desk.press).code == exits.OK
    assert shown(desk)["opens"] == f"its PIN ({limits.TRIES} wrong ones left)"


def test_a_key_with_a_pin_alone_is_not_opened_by_a_passphrase(desk: Desk) -> None:
    result = locked(desk).run("unlock", "--passphrase", "--stdin", stdin=PASSPHRASE)
    assert result.code == exits.ERROR
    assert "no passphrase" in result.err


def test_a_passphrase_opens_however_its_accents_are_typed(desk: Desk) -> None:
    locked(desk, "passphrase", "čtyři náhodná slova")
    taken_apart = unicodedata.normalize("NFD", "čtyři náhodná slova")
    assert desk.run("unlock", "--stdin", stdin=taken_apart, when_asked=desk.press).code == exits.OK


# The rest


@pytest.mark.parametrize(
    "verb", ["pin", "pin set", "pin change", "passphrase set", "unlock", "unlock --stdin", "init", "lock"]
)
def test_a_pin_on_the_command_line_is_refused_and_not_repeated(desk: Desk, verb: str) -> None:
    result = desk.run(*verb.split(), PIN, stdin=PIN)
    assert result.code == exits.USAGE
    assert "history" in result.err
    assert PIN not in result.err + result.out


def test_what_is_as_it_should_be_already(desk: Desk) -> None:
    set_up(desk, "pin", PIN)
    assert "open already" in desk.run("unlock").err
    desk.run("lock")
    assert "locked already" in desk.run("lock").err


def test_a_key_that_nothing_locks(desk: Desk) -> None:
    desk.add("Amazon:shop")
    result = desk.run("lock")
    assert result.code == exits.ERROR
    assert "pin set" in result.err


def test_accounts_are_put_in_another_order(desk: Desk) -> None:
    for name in ("a", "b", "c"):
        desk.add(name)
    assert desk.run("move", "c", "1").code == exits.OK
    assert [entry["label"] for entry in json.loads(desk.run("list", "--json").out)] == ["c", "a", "b"]
    assert desk.run("move", "c", "4").code == exits.USAGE
    assert desk.run("move", "c", "0").code == exits.USAGE


def test_when_the_key_locks_itself_is_set_piece_by_piece(desk: Desk) -> None:
    set_up(desk, "pin", PIN)
    assert json.loads(desk.run("locking", "--json").out) == {"idle": 0, "suspend": False}
    assert desk.run("locking", "set", "--idle", "10").code == exits.OK
    assert desk.run("locking", "set", "--suspend").code == exits.OK
    assert json.loads(desk.run("locking", "--json").out) == {"idle": 600, "suspend": True}
    assert "after 10 min without a touch" in desk.run("locking").out
    assert desk.run("locking", "set").code == exits.USAGE
    assert desk.run("locking", "set", "--idle", "1093").code == exits.USAGE


def test_locking_without_a_lock_is_warned_of(desk: Desk) -> None:
    desk.add("Amazon:shop")
    assert "does not lock" in desk.run("locking", "set", "--idle", "10").err


@pytest.mark.parametrize("answer", ["wipe", "0001020304050607"])
def test_wipe_wants_a_word_and_a_hold(desk: Desk, answer: str) -> None:

    def press_and_wait() -> None:
        desk.press()
        desk.let_it_wait()

    locked(desk)
    declined = desk.run("wipe", stdin="yes\n")
    assert declined.code == exits.ERROR
    assert "Nothing was wiped" in declined.err
    too_short = desk.run("wipe", "--force", when_asked=press_and_wait)
    assert too_short.code == exits.NO_PRESS
    assert info(desk)["state"] == "locked"
    wiped = desk.run("wipe", stdin=f"{answer}\n", when_asked=desk.hold)
    assert wiped.code == exits.OK
    assert f"for {limits.HOLD_WIPE} s" in wiped.err
    assert info(desk)["state"] == "blank"


def test_no_pin_and_no_passphrase_shows_up_anywhere(desk: Desk) -> None:
    runs = [
        desk.run("init", "--lock", "pin", "--stdin", stdin=PIN, when_asked=desk.press),
        desk.run("passphrase", "set", "--stdin", stdin=PASSPHRASE, when_asked=desk.press),
        desk.run("lock"),
        desk.run("unlock", "--stdin", stdin=PIN, when_asked=desk.press),
        desk.run("lock"),
        desk.run("unlock", "--passphrase", "--stdin", stdin=PASSPHRASE, when_asked=desk.press),
        desk.run("pin", "change", "--stdin", stdin="25x0"),
        desk.run("info", "--json"),
    ]
    text = "".join(run.out + run.err for run in runs)
    assert not any(secret in text for secret in (PIN, PASSPHRASE, PASSPHRASE.encode().hex(), "25x0"))
