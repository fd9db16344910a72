"""What people paste as a setup key or a link, and names that hold a secret. tests/data has more cases."""

from __future__ import annotations

from typing import Any

import pytest

from tests.data import NOT_SECRET, PASTED, SECRET, SECRETS
from tests.page.scripts import each, run
from totpkey_readers.records.pasted import setup_key_in
from totpkey_readers.records.problem import Problem


@pytest.mark.parametrize(("names", "secret"), [(SECRETS, True), (NOT_SECRET, False)])
def test_names_with_a_secret_are_told_from_others_as_the_command_tells_them(
    names: tuple[str, ...], secret: bool
) -> None:
    assert run(("rules/key_uri",), "return given.map(looksSecret);", names) == [secret] * len(names)


def test_two_issuers_are_both_told() -> None:
    uri = f"otpauth://totp/Shop:me?secret={SECRET}&issuer=Amazon"
    body = "return readAccount(given).warnings;"
    values = {"first": "Amazon", "second": "Shop"}
    assert run(("rules/key_uri",), body, uri) == [{"name": "two_issuers", "values": values}]


def test_command_and_page_take_the_same_from_what_is_pasted() -> None:
    expected = [row.get("key") or [row["problem"]] for row in PASTED]
    found = each(("rules/pasted",), "setupKeyIn", [row["text"] for row in PASTED])
    assert [key if isinstance(key, str) else key[:1] for key in found] == expected
    assert [in_command(row["text"]) for row in PASTED] == expected


def in_command(text: str) -> Any:
    try:
        return setup_key_in(text)
    except Problem as problem:
        return [problem.code]


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
