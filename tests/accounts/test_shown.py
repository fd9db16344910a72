"""How an account is named and shown: which one a name means, what a terminal gets of it, and its light.

`totpkey list`, the page and the documents describe the light as the key shows it.
"""

from __future__ import annotations

import colorsys
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import page_definition
from totpkey import errors
from totpkey.accounts import lights as words
from totpkey.cli.input.pick_account import find_account
from totpkey.cli.output import fail, give, give_json, say, table, visible, warn
from totpkey.i18n import translation
from totpkey.link.replies import StoredAccount
from totpkey_firmware.panel import light
from totpkey_protocol import lights


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


@pytest.mark.parametrize(("wanted", "ids"), [("amazon", "ab"), ("Straße:twin", "de"), ("STRASSE", "de")])
def test_several_are_listed_by_id(wanted: str, ids: str) -> None:
    with pytest.raises(errors.NotOneAccount) as raised:
        find_account(ACCOUNTS, wanted)
    assert all(f"0000000{last}" in raised.value.remedy for last in ids)


def test_none_is_an_error() -> None:
    with pytest.raises(errors.NotOneAccount):
        find_account(ACCOUNTS, "ebay")


def test_a_key_cannot_send_escape_sequences_to_the_terminal() -> None:
    assert visible("a\x1b[2J\u009b1m\u202eb") == "a\ufffd[2J\ufffd1m\ufffdb"


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
def test_command_and_page_say_it_alike(place: int) -> None:
    english, chinese = (page_definition.catalogues()[language] for language in ("en", "zh"))
    assert words.in_words(place) == on_the_page(english, place)
    with in_chinese():
        assert words.in_words(place) == on_the_page(chinese, place)


def on_the_page(texts: dict[str, str], place: int) -> str:
    """As page/src/parts/account_list.js puts it together."""
    flashes = [texts["light.digits"].split("|")[int(digit)] for digit in str(place + 1)]
    colour = texts["light.colours"].split("|")[place % len(lights.COLOURS)]
    return texts["light.said"].format(flashes=" – ".join(flashes), colour=colour)


@contextmanager
def in_chinese() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(translation, "_current", lambda: translation.translator(["zh_CN"]))
        yield


def test_account_37_is_three_short_and_then_a_long_and_two_short() -> None:
    assert words.in_words(36) == "3 short – 1 long 2 short (lime)"
    assert words.drawn(36) == "●●● ▬●●"


def test_the_document_has_the_same_digits_and_colours() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d) \| ([▬●]+) \|", text, re.MULTILINE)
    drawn = {int(digit): signs.replace("▬", lights.LONG).replace("●", lights.SHORT) for digit, signs in rows}
    assert [drawn[digit] for digit in range(10)] == list(lights.DIGITS)
    assert ", ".join(lights.COLOURS) in " ".join(text.split())
