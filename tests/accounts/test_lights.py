"""Each account's light is said as the key shows it: in `totpkey list`, on the page, in the documents."""

from __future__ import annotations

import colorsys
import re
from pathlib import Path

import pytest

import page_definition
from totpkey.accounts import lights as words
from totpkey.i18n import translation
from totpkey_firmware.panel import light
from totpkey_protocol import lights

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "light.md"
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
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight")


@pytest.mark.parametrize("place", range(2 * len(lights.COLOURS)))
def test_the_name_is_that_of_the_key_s_own_light(place: int) -> None:
    colour, blinks = lights.of_place(place)
    shown = light.chosen(place)
    assert shown.times == blinks
    hue, saturation, _ = colorsys.rgb_to_hsv(*(part / 255 for part in shown.colour))
    if colour == "white":
        assert saturation == 0
    else:
        least, most = _HUES[colour]
        assert least <= 360 * hue <= most


@pytest.mark.parametrize("place", range(len(lights.COLOURS)))
def test_it_is_said_alike_everywhere(place: int) -> None:
    colour, blinks = lights.of_place(place)
    said = f"{colour}, {_NUMBERS[blinks - 1]} blink" + "s" * (blinks > 1)
    assert words.in_words(place) == said
    english, chinese = (page_definition.catalogues()[language] for language in ("en", "zh"))
    assert english[f"light.{colour}"] == said
    assert chinese[f"light.{colour}"] == translation.translator(["zh_CN"])(said)


def test_the_document_has_the_same_order() -> None:
    row = next(line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if "one to eight" in line)
    assert tuple(re.findall(r"\w+", row.split("|")[1])) == lights.COLOURS
