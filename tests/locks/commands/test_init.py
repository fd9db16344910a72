"""`totpkey init`: choosing what opens a new key, by options, by answers, and at a terminal."""

from __future__ import annotations

import pytest

from tests.leaks.plugin import recorder
from tests.leaks.recorder import STDOUT
from tests.locks.commands.lock_setups import PASSPHRASE, PIN, info, set_up, shown
from tests.support.person import at_a_terminal
from tests.support.terminal import CommandDesk
from totpkey.cli import exits
from totpkey_protocol import limits

NO_ELEMENT = {"element": False, "with_element": False}


def test_init_without_a_lock(desk: CommandDesk) -> None:
    assert desk.run("init", "--lock", "device").code == exits.OK
    told = info(desk)
    assert told["state"] == "open"
    opens = {"device": True, "pin": False, "passphrase": False}
    assert told["slots"] == opens | {"tries": 0, "wait": 0, "export": True} | NO_ELEMENT
    assert shown(desk)["lock"] == "anyone who holds it"


def test_init_with_a_pin(desk: CommandDesk) -> None:
    result = desk.run(
        "init", "--lock", "pin", "--no-export", "--stdin", stdin=PIN, when_asked=[desk.agree, desk.agree]
    )
    assert result.code == exits.OK
    assert "docs/guide/pin.md" in result.err
    told = shown(desk)
    assert told["lock"] == f"its PIN ({limits.TRIES} tries left)"
    assert "for good" in told["backup"]


def test_init_with_a_passphrase(desk: CommandDesk) -> None:
    set_up(desk, "passphrase", PASSPHRASE)
    assert shown(desk)["lock"] == "its passphrase"


def test_init_asks_in_plain_words(desk: CommandDesk) -> None:
    result = desk.run("init", stdin="1\nn\n", when_asked=desk.agree)
    assert result.code == exits.OK
    assert "anyone who holds it can type your codes" in result.err
    assert "can never be backed up" in result.err
    assert info(desk)["slots"] == {
        "device": True,
        "pin": False,
        "passphrase": False,
        "tries": 0,
        "wait": 0,
        "export": False,
        **NO_ELEMENT,
    }


def test_init_asks_a_person_at_a_terminal_for_the_pin_twice_and_shows_it_never(desk: CommandDesk) -> None:
    questions = {"1, 2 or 3": "2", "[Y/n]": "y", "not shown": PIN, "Once more": PIN}
    with at_a_terminal(desk, "init") as (person, process):
        for question, answer in questions.items():
            person.replies(question, answer)
        person.reads("The key: press")
        desk.agree()
        person.reads_the_rest()
        assert process.wait() == exits.OK
    recorder.note(STDOUT, person.seen.encode())
    assert "is ready" in person.seen
    assert PIN not in person.seen
    assert info(desk)["state"] == "open"


def test_init_that_gets_no_press_says_what_it_has_left(desk: CommandDesk) -> None:
    result = desk.run("init", "--lock", "pin", "--stdin", stdin=PIN, when_asked=desk.let_it_wait)
    assert result.code == exits.NO_PRESS
    assert "without a PIN" in result.err
    assert "totpkey pin set" in result.err
    assert shown(desk)["lock"] == "anyone who holds it"


def test_init_of_a_key_that_is_set_up(desk: CommandDesk) -> None:
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
        (["--lock", "pin", "--stdin"], "4912\n4912\n"),
        (["--lock", "passphrase", "--stdin"], "too short"),
        (["--lock", "passphrase", "--stdin"], ""),
        (["--lock", "nonsense"], ""),
    ],
)
def test_what_init_cannot_take_leaves_the_key_blank(
    desk: CommandDesk, arguments: list[str], stdin: str
) -> None:
    result = desk.run("init", *arguments, stdin=stdin)
    assert result.code == exits.USAGE
    assert not stdin or stdin not in result.err
    assert info(desk)["state"] == "blank"
