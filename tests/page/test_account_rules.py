"""An account's name and numbers, checked against what a key can store, and what is told of what is wrong."""

from __future__ import annotations

from typing import Any

from tests.page.scripts import each, run
from totpkey_protocol import limits

_CHECKED = """
    ({ issuer = "", label = "me", size = 20, before, ...settings }) =>
      checkedAccount(makeAccount(issuer, label, new Uint8Array(size), settings), before).warnings
"""


def checked(*accounts: dict[str, Any]) -> Any:
    return each(("rules/account",), _CHECKED, accounts)


def test_names_have_as_many_characters_as_a_key_stores() -> None:
    most = limits.NAME
    fitting = "😀" * most
    assert checked({"issuer": fitting, "label": fitting}) == [[]]
    for part in ("issuer", "label"):
        too_long = ["name_length", {"part": part, "count": most + 1, "most": most}]
        assert checked({part: fitting + "x"}) == [too_long]
    assert checked({"label": "", "issuer": "Amazon"}) == [["no_name", {}]]


def test_names_have_no_characters_that_nobody_sees() -> None:
    for part in ("issuer", "label"):
        odd = ["\u200bme", "me\u0007", "m\u00a0e", "m\u2028e", "m\u2029e", "m\u202ee", "m\ue000e", "m\u3000e"]
        refused = checked(*({part: text} for text in odd))
        assert refused == [["name_invisible", {"part": part}]] * len(odd)
    assert checked({"label": "me and 我 – é"}) == [[]]


def test_a_short_secret_is_stored_with_a_warning_behind_those_before() -> None:
    before = [{"name": "two_issuers", "values": {}}]
    short = {"name": "short", "values": {"count": 9}}
    assert checked({"size": 10, "before": before}) == [before]
    assert checked({"size": 9, "before": before}) == [[*before, short]]
    assert checked({"size": 9}) == [[short]]
    assert checked({"size": 0}) == [["secret_length", {"count": 0, "most": limits.SECRET}]]


def test_algorithms_by_their_usual_spellings() -> None:
    known = {"sha1": "SHA1", " SHA-256 ": "SHA256", "HmacSHA512": "SHA512", "hmac_sha_1": "SHA1"}
    assert each(("rules/account",), "algorithmOf", list(known)) == list(known.values())
    refused = ["algorithm", {"known": "SHA1, SHA256, SHA512"}]
    others = ["", "MD5", "SHA1HMAC", "SHA224", "HMACHMACSHA1"]
    assert each(("rules/account",), "algorithmOf", others) == [refused] * len(others)


def test_names_that_an_import_brings_are_made_to_fit() -> None:
    body = "return given.map((account) => fittedAccount({ ...account, digits: 8 }));"
    most = limits.NAME
    cases = [
        (("Amazon", "me"), ("Amazon", "me")),
        ((" Ama\u200bzon\u0007 ", "\u2028 me"), ("Amazon", "me")),
        (("", "x" * (most + 6)), ("", "x" * most)),
        (("😀" * (most + 1), "x" * (most - 1) + " yz"), ("😀" * most, "x" * (most - 1))),
        (("", " " * most + "me"), ("", "me")),
        (("Amazon", "\u200b"), ("", "Amazon")),
    ]
    given = [{"issuer": issuer, "label": label} for (issuer, label), _ in cases]
    expected = [{"issuer": issuer, "label": label, "digits": 8} for _, (issuer, label) in cases]
    assert run(("rules/account",), body, given) == expected


def test_what_a_label_says_of_shop_and_sign_in() -> None:
    cases = {
        "Berlin (me@mail.example)": ["Berlin", "me@mail.example"],
        "Berlin (new) (me@mail.example)": ["Berlin (new)", "me@mail.example"],
        "me@mail.example": ["", "me@mail.example"],
        "(me@mail.example)": ["", "(me@mail.example)"],
        "Berlin": ["", "Berlin"],
        "Berlin (old)": ["", "Berlin (old)"],
        "Berlin (me@mail.example) (old)": ["", "Berlin (me@mail.example) (old)"],
    }
    body = """return given.map(shopIn)
      .map(({ shop, signIn }) => [shop, signIn, labelOf(shop, signIn)]);"""
    for label, (*parts, again) in zip(cases, run(("rules/account",), body, list(cases)), strict=True):
        assert parts == cases[label]
        assert again == label
