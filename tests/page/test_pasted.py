"""What people paste as a setup key: with its label, in full width, a whole link, or a code instead."""

from __future__ import annotations

from typing import Any

import pytest

from tests.page.scripts import run

KEY = "JBSW Y3DP EHPK 3PXP"
URI = "otpauth://totp/a:b?secret=JBSWY3DPEHPK3PXP"


def pasted(*texts: str) -> Any:
    body = """
        return given.map((text) => {
          try {
            return setupKeyIn(text);
          } catch ({ name }) {
            return [name];
          }
        });
    """
    return run(("rules/pasted",), body, texts)


def test_a_setup_key_is_taken_out_of_the_text_around_it() -> None:
    texts = [
        KEY,
        f" {KEY}\n",
        f"Setup key: {KEY}",
        f"设置密钥：{KEY}",
        f"Your key:\n  {KEY}",
        "ＪＢＳＷ Y3DP EHPK 3PXP",
    ]
    assert pasted(*texts) == [KEY] * len(texts)
    # An address is none, and says so elsewhere.
    addresses = ["https://amazon.com/a", "https://amazon.com:8080/a"]
    assert pasted(*addresses) == addresses


def test_a_link_is_taken_whole_wherever_it_begins() -> None:
    for uri in (
        URI,
        "otpauth-migration://offline?data=AA",
        "steam://JBSWY3DPEHPK3PXP",
        URI.upper(),
        f"{URI}\nx",
    ):
        assert pasted(uri, f"here: {uri} \n", f"see {uri}") == [uri] * 3


@pytest.mark.parametrize("text", ["", "  ", "Setup key:", "Setup key: \n"])
def test_nothing(text: str) -> None:
    assert pasted(text) == [["secret_empty"]]


def test_a_code_is_no_setup_key() -> None:
    codes = ["123456", "123 456", "12345678", "1234-5678", "Code: 1234567", "１２３４５６"]
    assert pasted(*codes) == [["secret_is_code"]] * len(codes)
    assert pasted("12345", "123456789", "A123456", "123456A") == ["12345", "123456789", "A123456", "123456A"]


def test_where_a_character_of_the_setup_key_is() -> None:
    body = "return given.places.map((place) => rangeOf(place, given.text));"

    def ranges(text: str, *places: int) -> Any:
        return run(("rules/pasted",), body, {"text": text, "places": places})

    assert ranges("JB-S W1", 1, 2, 3, 5) == [[0, 1], [1, 2], [3, 4], [6, 7]]
    # A character may have two UTF-16 units, and one that is left out before it has its own.
    assert ranges("J😀 B", 1, 2, 3) == [[0, 1], [1, 3], [4, 5]]
    assert ranges("\u00adJB", 1) == [[1, 2]]
    # A place that is not there is anywhere in it.
    assert ranges("JB", 3) == [[0, 2]]
