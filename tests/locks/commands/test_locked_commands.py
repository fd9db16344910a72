"""Commands on a locked or blank key, and how a key gets locked or wiped."""

from __future__ import annotations

import pytest

from tests.flash import attacker
from tests.locks.commands.lock_setups import PASSPHRASE, PIN, SECRET, info, locked, set_up, shown
from tests.support.terminal import CommandDesk
from totpkey.cli import exits
from totpkey_protocol import limits
from totpkey_virtual.flash import FlashCells


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
    result = locked(desk).run(*LOCKED_OUT[name], stdin=SECRET)
    assert result.code == exits.LOCKED
    assert "totpkey unlock" in result.err
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
    result = desk.run(*arguments, stdin=PASSPHRASE)
    assert result.code == BLANK_CODES[arguments]
    assert result.code != exits.ERROR or "totpkey init" in result.err


def test_what_is_as_it_should_be_already(desk: CommandDesk) -> None:
    set_up(desk, "pin", PIN)
    assert "unlocked already" in desk.run("unlock").err
    desk.run("lock")
    assert "locked already" in desk.run("lock").err


def test_a_key_that_nothing_locks(desk: CommandDesk) -> None:
    desk.add("Amazon:shop")
    result = desk.run("lock")
    assert result.code == exits.ERROR
    assert "pin set" in result.err


def test_when_the_key_locks_itself_is_set_piece_by_piece(desk: CommandDesk) -> None:
    set_up(desk, "pin", PIN)
    assert desk.told("locking") == {"idle": 0, "suspend": False}
    assert desk.run("locking", "set", "--idle", "10", when_asked=desk.agree).code == exits.OK
    assert desk.run("locking", "set", "--suspend", when_asked=desk.agree).code == exits.OK
    assert desk.told("locking") == {"idle": 600, "suspend": True}
    assert "after 10 min without a touch" in desk.run("locking").out
    assert desk.run("locking", "set").code == exits.USAGE
    assert desk.run("locking", "set", "--idle", "1093").code == exits.USAGE


def test_locking_without_a_lock_is_warned_of(desk: CommandDesk) -> None:
    desk.add("Amazon:shop")
    assert "does not lock" in desk.run("locking", "set", "--idle", "10", when_asked=desk.agree).err


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
    declined = desk.run("wipe", stdin="yes\n")
    assert declined.code == exits.ERROR
    assert "Nothing was erased" in declined.err
    too_short = desk.run("wipe", "--force", when_asked=hold_alone)
    assert too_short.code == exits.NO_PRESS
    assert info(desk)["state"] == "locked"
    wiped = desk.run("wipe", stdin=f"{answer}\n", when_asked=desk.agree)
    assert wiped.code == exits.OK
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
