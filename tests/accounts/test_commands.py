"""What commands say of accounts and do with them: the list, lost accounts, Steam's names, and the touches.

An account has a name, which may mean several, and a light, which list, page and documents describe alike.

How often the owner of a new key has to touch it is in docs/concepts/consent.md. Nobody presses the button
unless a line says so. A command that asked for it would wait, and end in an error.
"""

from __future__ import annotations

import colorsys
import json
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

import page_definition
from readers.tests.entries import AMAZON
from readers.tests.pictures.codes import code, saved
from tests.backup.backups import PHRASE, SPARE, filled
from tests.backup.backups import saved as save_backup
from tests.support.chinese import chinese
from tests.support.consent import PRESS, announced, told
from tests.support.damage import damaged
from tests.support.terminal import CommandDesk, MakeDesk, Result, desk, make_desk, world
from totpkey import errors
from totpkey.accounts import lights as words
from totpkey.accounts.account import read as read_account
from totpkey.cli import exits
from totpkey.cli.input.pick_account import find_account
from totpkey.cli.output import fail, give, give_json, say, table, warn
from totpkey.link.replies import StoredAccount
from totpkey_firmware.panel import light
from totpkey_protocol import lights, limits
from totpkey_protocol.words import UNREADABLE

__all__ = ["chinese", "desk", "make_desk", "world"]

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
    result = desk.run("pin", "set", "--stdin", stdin=PIN, when_asked=desk.agree).ended(exits.OK)
    assert result.err.count("The key: press") == 1


def test_five_at_once_take_one_press(desk: CommandDesk, tmp_path: Path) -> None:
    file = tmp_path / "five.txt"
    uris = [f"otpauth://totp/{name}?secret=JBSWY3DPEHPK3PXP".replace(" ", "%20") for name in FIVE]
    file.write_text("\n".join(uris) + "\n", encoding="utf-8")
    result = desk.run("import", "--force", str(file), when_asked=desk.agree).ended(exits.OK)
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
    result = desk.run("remove", "--force", FIVE[0], when_asked=[fails, desk.agree]).ended(exits.OK)
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
    desk.run("backup", str(file), "--stdin", stdin=PHRASE).ended(
        exits.ERROR, f"cannot read 1 account ({lost})", f"`totpkey remove {lost}`"
    )
    assert not file.exists()
    desk.run("code", lost).ended(exits.ERROR, UNREADABLE)
    assert desk.run("remove", "--force", lost, when_asked=desk.agree).code == exits.OK
    arguments = ("restore", str(earlier), "--stdin", "--force")
    assert desk.run(*arguments, stdin=PHRASE, when_asked=desk.agree).code == exits.OK
    assert desk.labels() == [AMAZON.label]
    assert save_backup(desk, file).code == exits.OK


def test_a_clone_leaves_it_out_and_says_which(make_desk: MakeDesk, tmp_path: Path) -> None:
    first, second = filled(make_desk(), tmp_path, (AMAZON,)), make_desk(uid=SPARE)
    lost = lose(first)
    told = first.run("clone", second.port, "--dry-run").ended(exits.PARTIAL)
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
    added(desk, PLAIN, "Steam:me", way, tmp_path).ended(exits.OK)
    assert listed(desk) == [("Steam", "totp")]


@pytest.mark.parametrize("way", ["add", "enroll"])
def test_steam_by_another_name_is_never_saved_as_a_code_of_digits(
    desk: CommandDesk, way: str, tmp_path: Path
) -> None:
    added(desk, STEAM, "Games:me", way, tmp_path).ended(exits.ERROR, "calibrate")
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


def stored(account: str, issuer: str, label: str) -> StoredAccount:
    return StoredAccount(account, issuer, label, "SHA1", 6, 30)


ACCOUNTS = (
    stored("0000000a", "Amazon", "me"),
    stored("0000000b", "Amazon", "me-too"),
    stored("0000000c", "", "0000000a"),
    stored("0000000d", "Straße", "twin"),
    stored("0000000e", "Straße", "twin"),
)


@pytest.mark.parametrize(
    ("wanted", "account"),
    [
        ("0000000a", "0000000a"),
        ("Amazon:me", "0000000a"),
        ("ME-", "0000000b"),
        ("0000000A", "0000000c"),
    ],
)
def test_id_then_name_then_part_of_a_name(wanted: str, account: str) -> None:
    assert find_account(ACCOUNTS, wanted).account == account


@pytest.mark.parametrize("wanted", ["Amazon", "me"])
def test_an_account_that_a_program_has_named_like_a_part_of_another_is_not_taken_for_it(wanted: str) -> None:
    """Its code must not be given for the other's."""
    planted = stored("0000000f", "", wanted)
    with pytest.raises(errors.NotOneAccount):
        find_account((ACCOUNTS[0], planted), wanted)


@pytest.mark.parametrize(
    ("wanted", "ids"), [("amazon", "ab"), ("Straße:twin", "de"), ("STRASSE", "de"), ("ebay", "")]
)
def test_several_are_listed_by_id_and_none_is_an_error(wanted: str, ids: str) -> None:
    with pytest.raises(errors.NotOneAccount) as raised:
        find_account(ACCOUNTS, wanted)
    assert all(f"0000000{last}" in raised.value.remedy for last in ids)


def test_columns_line_up_by_what_a_terminal_shows() -> None:
    assert table([("銀行", "x"), ("e\u0301", "y"), ("abcde", "z")]) == [
        "銀行   x",
        "e\u0301      y",
        "abcde  z",
    ]


#: An escape, one byte that terminals take for "escape [", delete, text turned round, and an invisible tag.
OBEYED = "a\x1b[2J\u009b1m\x7f\u202eb\u2066c\U000e0041"


def test_json_has_them_all_and_shows_none(capsys: pytest.CaptureFixture[str]) -> None:
    give_json({"label": OBEYED, "name": "銀行 é 👍"})
    shown = capsys.readouterr().out
    assert json.loads(shown)["label"] == OBEYED
    assert "銀行 é 👍" in shown
    assert not [each for each in shown if unicodedata.category(each)[0] == "C" and each != "\n"]


@pytest.mark.parametrize("write", [say, give, warn, fail])
def test_no_words_carry_them_to_the_terminal(
    write: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    write(f"the key {OBEYED} says")
    shown = "".join(capsys.readouterr())
    assert "the key a\ufffd[2J\ufffd1m" in shown
    assert not [each for each in shown if unicodedata.category(each)[0] == "C" and each != "\n"]


DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "guide" / "light.md"
#: Where each colour's name is on the circle of hues, in degrees; white has none.
_HUES = {
    "amber": (15, 40),
    "yellow": (40, 60),
    "lime": (75, 110),
    "teal": (155, 180),
    "blue": (230, 250),
    "violet": (285, 310),
    "pink": (325, 350),
}


@pytest.mark.parametrize("place", range(2 * len(lights.COLOURS)))
def test_the_colour_s_name_is_that_of_the_key_s_own_light(place: int) -> None:
    colour, _ = lights.of_place(place)
    hue, saturation, _ = colorsys.rgb_to_hsv(*(part / 255 for part in light.chosen(place).colour))
    if colour == "white":
        assert saturation == 0
    else:
        least, most = _HUES[colour]
        assert least <= 360 * hue <= most


@pytest.mark.parametrize("place", [*range(12), 36, 61, 249])
def test_command_and_page_say_it_alike(place: int, request: pytest.FixtureRequest) -> None:
    english, zh = (page_definition.catalogues()[language] for language in ("en", "zh"))
    assert words.in_words(place) == on_the_page(english, place)
    request.getfixturevalue("chinese")
    assert words.in_words(place) == on_the_page(zh, place)


def on_the_page(texts: dict[str, str], place: int) -> str:
    """As page/src/parts/account_list.js puts it together."""
    flashes = [texts["light.digits"].split("|")[int(digit)] for digit in str(place + 1)]
    colour = texts["light.colours"].split("|")[place % len(lights.COLOURS)]
    return texts["light.said"].format(flashes=" – ".join(flashes), colour=colour)


def test_account_37_is_three_short_and_then_a_long_and_two_short() -> None:
    assert words.in_words(36) == "3 short – 1 long 2 short (lime)"
    assert words.drawn(36) == "●●● ▬●●"


def test_the_document_has_the_same_digits_and_colours() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d) \| ([▬●]+) \|", text, re.MULTILINE)
    drawn = {int(digit): signs.replace("▬", lights.LONG).replace("●", lights.SHORT) for digit, signs in rows}
    assert [drawn[digit] for digit in range(10)] == list(lights.DIGITS)
    assert ", ".join(lights.COLOURS) in " ".join(text.split())
