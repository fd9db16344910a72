"""Locks through the real command line: `init`, PIN and passphrase, and commands on a locked or blank key.

`totpkey init` chooses what opens a new key, by options, by answers, and at a terminal. PIN and passphrase are
set, changed, removed, and entered right and wrong.
"""

from __future__ import annotations

import re

import pytest

from tests.flash import attacker
from tests.leaks.plugin import recorder
from tests.leaks.recorder import STDOUT
from tests.locks.lock_setups import PASSPHRASE, PIN, SECRET, WRONG, blocked, info, locked, set_up, shown
from tests.support.person import at_a_terminal
from tests.support.terminal import CommandDesk, desk, make_desk, world
from totpkey.cli import exits
from totpkey.locks.words import english
from totpkey_protocol import limits
from totpkey_virtual.flash import FlashCells

__all__ = ["desk", "make_desk", "world"]


def test_a_locked_key_says_nothing_of_its_accounts(desk: CommandDesk) -> None:
    locked(desk)
    told = info(desk)
    assert (told["state"], told["accounts"]) == ("locked", None)
    assert shown(desk)["accounts"] == "not told while locked"


LOCKED_OUT = {
    "init": ("init", "--lock", "device"),
    "add": ("add", "x", "--stdin"),
    "list": ("list",),
    "rename": ("rename", "shop", "x"),
    "choose": ("choose", "shop"),
    "move": ("move", "shop", "1"),
    "remove": ("remove", "shop", "--force"),
    "code": ("code", "shop"),
    "pin set": ("pin", "set", "--stdin"),
    "pin change": ("pin", "change", "--stdin"),
    "pin remove": ("pin", "remove", "--force"),
    "passphrase set": ("passphrase", "set", "--stdin"),
    "passphrase remove": ("passphrase", "remove", "--force"),
    "locking set": ("locking", "set", "--suspend"),
    "recipe": ("recipe", "shop", "{code}{ENTER}"),
    "typing set": ("typing", "set", "--pace", "16"),
    "backup": ("backup", "x.backup", "--stdin"),
    "enroll": ("enroll", "github"),
}


@pytest.mark.parametrize("name", LOCKED_OUT)
def test_a_locked_key_refuses_and_the_command_says_what_to_do(desk: CommandDesk, name: str) -> None:
    result = locked(desk).run(*LOCKED_OUT[name], stdin=SECRET).ended(exits.LOCKED, "totpkey unlock")
    assert "Amazon" not in result.err + result.out


def test_the_clock_of_a_locked_key_can_be_set(desk: CommandDesk) -> None:
    locked(desk)
    desk.key.clock.set_unix(desk.key.true_time + 7200)
    desk.replug_for_setup()
    assert desk.run("time", "sync", when_asked=desk.agree).code == exits.OK


@pytest.mark.parametrize("arguments", [("info",), ("time",), ("locking",), ("lock",)])
def test_what_a_locked_key_still_does(desk: CommandDesk, arguments: tuple[str, ...]) -> None:
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
    ("choose", "x"): exits.NOT_ONE_ACCOUNT,
    ("move", "x", "1"): exits.NOT_ONE_ACCOUNT,
    ("backup", "/nonexistent/x", "--stdin"): exits.ERROR,
}


@pytest.mark.parametrize("arguments", BLANK_CODES)
def test_a_blank_key_points_to_init(desk: CommandDesk, arguments: tuple[str, ...]) -> None:
    result = desk.run(*arguments, stdin=PASSPHRASE).ended(BLANK_CODES[arguments])
    assert result.code != exits.ERROR or "totpkey init" in result.err


def test_what_is_as_it_should_be_already(desk: CommandDesk) -> None:
    set_up(desk, "pin", PIN)
    assert "unlocked already" in desk.run("unlock").err
    desk.run("lock")
    assert "locked already" in desk.run("lock").err


def test_a_key_that_nothing_locks(desk: CommandDesk) -> None:
    desk.add("Amazon:shop")
    desk.run("lock").ended(exits.ERROR, "pin set")
    assert "does not lock" in desk.run("locking", "set", "--idle", "10", when_asked=desk.agree).err


def test_when_the_key_locks_itself_is_set_piece_by_piece(desk: CommandDesk) -> None:
    set_up(desk, "pin", PIN)
    assert desk.told("locking") == {"idle": 0, "suspend": False}
    assert desk.run("locking", "set", "--idle", "10", when_asked=desk.agree).code == exits.OK
    assert desk.run("locking", "set", "--suspend", when_asked=desk.agree).code == exits.OK
    assert desk.told("locking") == {"idle": 600, "suspend": True}
    assert "after 10 min without a touch" in desk.run("locking").out
    assert desk.run("locking", "set").code == exits.USAGE
    assert desk.run("locking", "set", "--idle", "1093").code == exits.USAGE


def test_accounts_are_put_in_another_order(desk: CommandDesk) -> None:
    for name in ("a", "b", "c"):
        desk.add(name)
    assert desk.run("move", "c", "1", when_asked=desk.agree).code == exits.OK
    assert desk.labels() == ["c", "a", "b"]
    assert desk.run("move", "c", "4").code == exits.USAGE
    assert desk.run("move", "c", "0").code == exits.USAGE


@pytest.mark.parametrize("answer", ["wipe", "0001020304050607"])
def test_wipe_wants_a_word_and_a_gesture(desk: CommandDesk, answer: str) -> None:

    def hold_alone() -> None:
        desk.key.run(limits.ANNOUNCED + 0.1)
        desk.key.press(2)
        desk.let_it_wait()

    locked(desk)
    desk.run("wipe", stdin="yes\n").ended(exits.ERROR, "Nothing was erased")
    desk.run("wipe", "--force", when_asked=hold_alone).ended(exits.NO_PRESS)
    assert info(desk)["state"] == "locked"
    wiped = desk.run("wipe", stdin=f"{answer}\n", when_asked=desk.agree).ended(exits.OK)
    assert wiped.err.count(" times") == 3
    assert info(desk)["state"] == "blank"


def test_a_wipe_says_what_flash_goes_on_showing(desk: CommandDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    locked(desk)
    page = max(attacker.pages(desk.key.flash), key=lambda page: page.sequence).address
    # This drive may lay a page across two sectors.
    stuck = range(page // 4096 * 4096, page + 4096)
    change = FlashCells._change

    def worn(cells: FlashCells, kind: str, address: int, content: bytes) -> None:
        if address not in stuck:
            change(cells, kind, address, content)

    monkeypatch.setattr(FlashCells, "_change", worn)
    wiped = desk.run("wipe", "--force", when_asked=desk.agree)
    assert wiped.code == exits.PARTIAL
    assert "The key is erased, but a worn part" in wiped.err
    assert info(desk)["state"] == "blank"


#: The locks of a key that has none, but for whether it gives backups.
NO_LOCKS = {
    "device": True,
    "pin": False,
    "passphrase": False,
    "tries": 0,
    "wait": 0,
    "element": False,
    "with_element": False,
}


def test_init_without_a_lock(desk: CommandDesk) -> None:
    assert desk.run("init", "--lock", "device").code == exits.OK
    told = info(desk)
    assert told["state"] == "open"
    assert told["slots"] == NO_LOCKS | {"export": True}
    assert shown(desk)["lock"] == "anyone who holds it"


def test_init_with_a_pin(desk: CommandDesk) -> None:
    desk.run(
        "init", "--lock", "pin", "--no-export", "--stdin", stdin=PIN, when_asked=[desk.agree, desk.agree]
    ).ended(exits.OK, "docs/guide/pin.md")
    told = shown(desk)
    assert told["lock"] == f"its PIN ({limits.TRIES} tries left)"
    assert "for good" in told["backup"]


def test_init_asks_in_plain_words(desk: CommandDesk) -> None:
    desk.run("init", stdin="1\nn\n", when_asked=desk.agree).ended(
        exits.OK, "anyone who holds it can type your codes", "can never be backed up"
    )
    assert info(desk)["slots"] == NO_LOCKS | {"export": False}


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
    desk.run("init", "--lock", "pin", "--stdin", stdin=PIN, when_asked=desk.let_it_wait).ended(
        exits.NO_PRESS, "without a PIN", "totpkey pin set"
    )
    assert shown(desk)["lock"] == "anyone who holds it"


def test_init_of_a_key_that_is_set_up(desk: CommandDesk) -> None:
    desk.add("Amazon:shop")
    desk.run("init", "--lock", "device").ended(exits.ERROR, "wipe")


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
    result = desk.run("init", *arguments, stdin=stdin).ended(exits.USAGE)
    assert not stdin or stdin not in result.err
    assert info(desk)["state"] == "blank"


@pytest.mark.slow
def test_a_passphrase_opens_a_key_whose_pin_is_destroyed(desk: CommandDesk) -> None:
    set_up(desk, "pin", PIN)
    assert desk.run("passphrase", "set", "--stdin", stdin=PASSPHRASE, when_asked=desk.agree).code == exits.OK
    assert "passphrase" in shown(desk)["lock"]
    desk.run("lock")
    blocked(desk)
    desk.run("unlock", "--stdin", stdin=PASSPHRASE, when_asked=desk.agree).ended(exits.OK)
    assert "Amazon:shop" in desk.run("list").out


def test_a_wrong_passphrase(desk: CommandDesk) -> None:
    locked(desk, "passphrase", PASSPHRASE)
    wrong = desk.run("unlock", "--stdin", stdin=PASSPHRASE.upper(), when_asked=desk.agree)
    assert wrong.code == exits.LOCKED
    assert "Caps Lock" in wrong.err
    assert shown(desk)["lock"] == "its passphrase"
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
        result = desk.run(*command, "--stdin", stdin=stdin, when_asked=desk.agree).ended(exits.OK)
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


def test_a_pin_is_set_changed_and_removed(desk: CommandDesk) -> None:
    desk.add("Amazon:shop")
    assert desk.run("pin", "change", "--stdin", stdin=PIN).code == exits.ERROR
    assert desk.run("pin", "set", "--stdin", stdin=WRONG, when_asked=desk.agree).code == exits.OK
    assert "pin change" in desk.run("pin", "set", "--stdin", stdin=PIN).err
    assert desk.run("pin", "change", "--stdin", stdin=PIN, when_asked=desk.agree).code == exits.OK
    assert desk.run("lock").code == exits.OK
    assert desk.run("unlock", "--stdin", stdin=PIN, when_asked=desk.agree).code == exits.OK
    desk.run("pin", "remove", stdin="n\n").ended(exits.ERROR, "is unchanged")
    assert desk.run("pin", "remove", stdin="y\n", when_asked=desk.agree).code == exits.OK
    assert shown(desk)["lock"] == "anyone who holds it"


@pytest.mark.parametrize("pin", ["0000", "1234", "9876", "444444"])
def test_a_pin_that_is_guessed_early_is_refused_with_its_reason(desk: CommandDesk, pin: str) -> None:
    desk.add("Amazon:shop")
    desk.run("pin", "set", "--stdin", stdin=pin).ended(exits.USAGE, "first that a thief tries")
    assert info(desk)["state"] == "open"


def test_a_wrong_pin_costs_a_try_and_says_how_many_are_left(desk: CommandDesk) -> None:
    locked(desk)
    wrong = desk.run("unlock", "--stdin", stdin=WRONG, when_asked=desk.agree)
    assert wrong.code == exits.LOCKED
    assert f"{limits.TRIES - 1} tries left" in wrong.err
    assert WRONG not in wrong.err
    assert desk.run("unlock", "--stdin", stdin=PIN, when_asked=desk.agree).code == exits.OK
    assert shown(desk)["lock"] == f"its PIN ({limits.TRIES} tries left)"


@pytest.mark.parametrize("entered", ["258", "2580a", ""])
def test_what_is_no_pin_costs_no_try(desk: CommandDesk, entered: str) -> None:
    assert locked(desk).run("unlock", "--stdin", stdin=entered).code == exits.USAGE
    assert shown(desk)["lock"] == f"its PIN ({limits.TRIES} tries left)"


def test_a_pin_without_a_press_costs_no_try(desk: CommandDesk) -> None:
    locked(desk).run("unlock", "--stdin", stdin=WRONG, when_asked=desk.let_it_wait).ended(exits.NO_PRESS)
    assert shown(desk)["lock"] == f"its PIN ({limits.TRIES} tries left)"


def test_after_three_wrong_pins_the_key_wants_to_be_unplugged(desk: CommandDesk) -> None:
    locked(desk)
    for _ in range(limits.TRIES_A_POWER_UP):
        desk.run("unlock", "--stdin", stdin=WRONG, when_asked=desk.agree)
    desk.run("unlock", "--stdin", stdin=PIN, when_asked=desk.agree).ended(
        exits.LOCKED, "Unplug it", "5 tries left"
    )


def test_a_right_pin_that_comes_too_early_costs_no_try(desk: CommandDesk) -> None:
    locked(desk)
    for wrong in range(5):
        if wrong == limits.TRIES_A_POWER_UP:
            desk.replug_for_setup()
        desk.key.run(5)
        desk.run("unlock", "--stdin", stdin=WRONG, when_asked=desk.agree)
    early = desk.run("unlock", "--stdin", stdin=PIN, when_asked=desk.agree).ended(exits.LOCKED)
    assert re.search(r"Wait \d+ s, then try again", early.err)
    assert "3 tries left" in early.err


def test_after_the_last_wrong_pin_only_a_wipe_helps(desk: CommandDesk) -> None:
    blocked(locked(desk))
    desk.run("unlock", "--stdin", stdin=PIN).ended(exits.LOCKED, "wipe")
    assert desk.run("list").code == exits.LOCKED
    assert desk.run("wipe", stdin="wipe\n", when_asked=desk.agree).code == exits.OK
    assert info(desk)["state"] == "blank"
