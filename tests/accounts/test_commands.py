"""What commands say of accounts and do with them: the list, lost accounts, Steam's names, and the touches.

How often the owner of a new key has to touch it is in docs/concepts/consent.md. Nobody presses the button
unless a line says so. A command that asked for it would wait, and end in an error.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from readers.tests.entries import AMAZON
from readers.tests.pictures.codes import code, saved
from tests.backup.backups import PHRASE, SPARE, filled
from tests.backup.backups import saved as save_backup
from tests.support.consent import PRESS, announced, told
from tests.support.damage import damaged
from tests.support.terminal import CommandDesk, MakeDesk, Result, desk, make_desk, world
from totpkey.accounts.account import read as read_account
from totpkey.cli import exits
from totpkey_protocol import limits
from totpkey_protocol.words import UNREADABLE

__all__ = ["desk", "make_desk", "world"]

FIVE = [f"Shop {number}:me@example.com" for number in range(5)]
PIN = "31428"


def test_five_accounts_one_after_the_other_take_none(make_desk: MakeDesk) -> None:
    desk = make_desk(clock_set=False)
    assert desk.run("time", "sync").code == exits.OK
    for name in FIVE:
        desk.add(name)
    listed = desk.run("list").out
    assert all(name.partition(":")[0] in listed for name in FIVE)


def test_a_pin_takes_one_gesture(desk: CommandDesk) -> None:
    for name in FIVE:
        desk.add(name)
    result = desk.run("pin", "set", "--stdin", stdin=PIN, when_asked=desk.agree)
    assert result.code == exits.OK
    assert result.err.count("The key: press") == 1


def test_five_at_once_take_one_press(desk: CommandDesk, tmp_path: Path) -> None:
    file = tmp_path / "five.txt"
    uris = [f"otpauth://totp/{name}?secret=JBSWY3DPEHPK3PXP".replace(" ", "%20") for name in FIVE]
    file.write_text("\n".join(uris) + "\n", encoding="utf-8")
    result = desk.run("import", "--force", str(file), when_asked=desk.agree)
    assert result.code == exits.OK, result.err
    assert result.err.count("The key: press") == 1
    assert f"Saved: {len(FIVE)} accounts" in result.err


@pytest.mark.parametrize("hands", ["early", "impatient", "miscounting"])
def test_hands_that_fail_have_another_try_within_25_s(hands: str, desk: CommandDesk) -> None:
    desk.add(FIVE[0])

    def fails() -> None:
        if hands != "early":
            announced(desk.key)
        # As if both counts were one.
        counts = {"early": 1, "impatient": sum(map(int, told()[0])), "miscounting": int(told()[0][0]) + 1}
        for _ in range(counts[hands]):
            desk.key.press(PRESS)
            desk.key.run(0.2)

    began = desk.key.uptime_ms
    result = desk.run("remove", "--force", FIVE[0], when_asked=[fails, desk.agree])
    assert result.code == exits.OK, result.err
    assert desk.key.uptime_ms - began < 25_000
    assert result.err.count("To remove Shop 0:me@example.com for good.\nThe key: press") == 2
    assert "another program" not in result.err.lower()
    assert f"asks again in {limits.CALM} s" in result.err


def test_hands_that_never_succeed_are_asked_three_times(desk: CommandDesk) -> None:
    desk.add(FIVE[0])
    result = desk.run("remove", "--force", FIVE[0], when_asked=[lambda: desk.key.press(0.8)] * 3)
    assert (result.code, result.err.count("The key: press")) == (exits.NO_PRESS, 3)
    assert FIVE[0] in desk.run("list").out


def test_the_list_shows_each_account_s_light(desk: CommandDesk) -> None:
    for name in ("Amazon:shop", "GitHub:me"):
        desk.add(name)
    head, *rows = desk.run("list").out.splitlines()
    assert "LIGHT" in head
    assert [row[head.index("LIGHT") :].split("  ")[0] for row in rows] == [
        "● amber",
        "●● violet, chosen",
    ]
    told = desk.told("list")
    assert [one["light"] for one in told] == [
        {"colour": "amber", "flashes": "."},
        {"colour": "violet", "flashes": ".."},
    ]
    assert [one["chosen"] for one in told] == [False, True]


def test_an_account_is_chosen_by_its_name_and_stays_so(desk: CommandDesk) -> None:
    for name in ("Amazon:shop", "GitHub:me"):
        desk.add(name)
    assert "1 short (amber)" in desk.run("choose", "Amazon", when_asked=desk.agree).err
    assert desk.run("done").code == exits.OK
    desk.replug_for_setup()
    assert [one["chosen"] for one in desk.told("list")] == [True, False]


def lose(desk: CommandDesk) -> str:
    """Turn one bit of every page of the first accounts, and plug the key in for setup; the id of one."""
    desk.key.unplug()
    desk.key.flash = damaged(desk.key.flash, 0)
    desk.key.plug()
    desk.replug_for_setup()
    listed = desk.told("list")
    return next(str(entry["account"]) for entry in listed if entry["label"] == UNREADABLE)


def test_a_backup_names_what_cannot_be_read(desk: CommandDesk, tmp_path: Path) -> None:
    filled(desk, tmp_path, (AMAZON,))
    earlier, file = tmp_path / "earlier.backup", tmp_path / "keys.backup"
    assert save_backup(desk, earlier).code == exits.OK
    lost = lose(desk)
    refused = desk.run("backup", str(file), "--stdin", stdin=PHRASE)
    assert refused.code == exits.ERROR
    assert f"cannot read 1 account ({lost})" in refused.err
    assert f"`totpkey remove {lost}`" in refused.err
    assert not file.exists()
    code = desk.run("code", lost)
    assert code.code == exits.ERROR
    assert UNREADABLE in code.err
    assert desk.run("remove", "--force", lost, when_asked=desk.agree).code == exits.OK
    arguments = ("restore", str(earlier), "--stdin", "--force")
    assert desk.run(*arguments, stdin=PHRASE, when_asked=desk.agree).code == exits.OK
    assert desk.labels() == [AMAZON.label]
    assert save_backup(desk, file).code == exits.OK


def test_a_clone_leaves_it_out_and_says_which(make_desk: MakeDesk, tmp_path: Path) -> None:
    first, second = filled(make_desk(), tmp_path, (AMAZON,)), make_desk(uid=SPARE)
    lost = lose(first)
    told = first.run("clone", second.port, "--dry-run")
    assert told.code == exits.PARTIAL
    assert f"`totpkey remove {lost}`" in told.out


PLAIN = "otpauth://totp/Shop:me?secret=JBSWY3DPEHPK3PXP&issuer=Shop"
STEAM = "otpauth://totp/Steam:me?secret=JBSWY3DPEHPK3PXP&issuer=Steam"


def added(desk: CommandDesk, uri: str, name: str, way: str, folder: Path) -> Result:
    if way == "add":
        return desk.run("add", "--stdin", name, stdin=uri)
    picture = folder / "code.png"
    picture.write_bytes(saved(code(uri), "PNG"))
    # The site takes the code at once.
    return desk.run("enroll", "generic", "--qr", str(picture), "--name", name, stdin="y\n")


def listed(desk: CommandDesk) -> list[tuple[str, str]]:
    return [(entry["issuer"], entry["type"]) for entry in desk.told("list")]


@pytest.mark.parametrize("way", ["add", "enroll"])
def test_a_plain_account_called_steam_stays_plain(desk: CommandDesk, way: str, tmp_path: Path) -> None:
    result = added(desk, PLAIN, "Steam:me", way, tmp_path)
    assert result.code == exits.OK, result.err
    assert listed(desk) == [("Steam", "totp")]


@pytest.mark.parametrize("way", ["add", "enroll"])
def test_steam_by_another_name_is_never_saved_as_a_code_of_digits(
    desk: CommandDesk, way: str, tmp_path: Path
) -> None:
    result = added(desk, STEAM, "Games:me", way, tmp_path)
    # The key types letters only by the table of a layout, and none is set.
    assert result.code == exits.ERROR, result.err
    assert "calibrate" in result.err
    assert listed(desk) == []


@pytest.mark.parametrize(
    ("uri", "name", "kind"),
    [
        (STEAM, "Games:me", "steam"),
        (PLAIN, "Steam:me", "totp"),
        (PLAIN.replace("/Shop", "/%B9%AB"), "a", "totp"),
    ],
)
def test_the_name_that_is_given_is_the_account_s(uri: str, name: str, kind: str) -> None:
    """The last has a label in another encoding, which a name that is given mends."""
    account = read_account(uri, name).account
    assert (account.name, account.type) == (name, kind)
