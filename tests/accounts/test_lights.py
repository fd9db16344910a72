"""`totpkey list`, the page and the documents describe each account's light as the key shows it."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import page_definition
from totpkey.accounts import lights as words
from totpkey.i18n import translation
from totpkey_firmware.panel import light
from totpkey_protocol import lights

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
