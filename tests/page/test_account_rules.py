"""Accounts as the page's rules see them, and what is told of what is wrong.

Names and numbers are checked against what a key can store. Setup keys and links are found in what people
paste; tests/data has more cases. Accounts are grouped by site, and a search finds them. Of an import, or of a
copy from key to key, it is told what becomes of each, and why.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.data import NOT_SECRET, PASTED, SECRET, SECRETS
from tests.page.scripts import each, run
from totpkey_protocol import limits
from totpkey_protocol.words import UNREADABLE
from totpkey_readers.records.pasted import setup_key_in
from totpkey_readers.records.problem import Problem

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
    found = each(("rules/setup_key",), "setupKeyIn", [row["text"] for row in PASTED])
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
        return run(("rules/setup_key",), body, {"text": text, "places": places})

    assert ranges("JB-S W1", 1, 2, 3, 5) == [[0, 1], [1, 2], [3, 4], [6, 7]]
    # A character may have two UTF-16 units, and one that is left out before it has its own.
    assert ranges("J😀 B", 1, 2, 3) == [[0, 1], [1, 3], [4, 5]]
    assert ranges("\u00adJB", 1) == [[1, 2]]
    # A place that is not there is anywhere in it.
    assert ranges("JB", 3) == [[0, 2]]


def told_apart(rule: str, *texts: str) -> Any:
    """The part of each text by which that rule tells it from the others."""
    parts = run(("rules/account",), f"return {rule}(given);", texts)
    assert tuple("".join(each) for each in parts) == texts
    return [telling for _, telling, _ in parts]


def test_no_word_is_cut() -> None:
    cases = {
        ("shop-01@mail.example", "shop-02@mail.example"): ["01", "02"],
        ("me", "me@mail.example"): ["me", "me@mail.example"],
        ("shop", "shop2"): ["shop", "shop2"],
        ("a b a", "a a"): ["b a", "a"],
        ("same", "same"): ["same", "same"],
        ("a x y z", "b x y z"): ["a", "b"],
        ("p s", "p! s"): [" ", "! "],
    }
    for texts, telling in cases.items():
        assert told_apart("tellingParts", *texts) == telling


def test_what_tells_labels_apart() -> None:
    cases = {
        ("Berlin (me@mail.example)", "you@mail.example"): ["Berlin", "you@mail.example"],
        ("Shop 1 (me@mail.example)", "Shop 2 (you@mail.example)"): ["1", "2"],
        # The shop alone does not tell them.
        ("Berlin (me@mail.example)", "Berlin (you@mail.example)"): ["me", "you"],
    }
    for labels, telling in cases.items():
        assert told_apart("tellingLabels", *labels) == telling


def groups(*names: str) -> Any:
    body = "return groupsOf(given).map(({ site, members }) => [site, members.map(nameOf)]);"
    accounts = [dict(zip(("issuer", "label"), name.split(":"), strict=True)) for name in names]
    return run(("rules/account",), body, accounts)


def test_sites_with_several_accounts_come_first_and_the_others_at_last() -> None:
    assert groups() == []
    assert groups("A:1", "B:1") == [["", ["A:1", "B:1"]]]
    assert groups("A:1", "B:1", "ａ :2") == [["A", ["A:1", "ａ :2"]], ["", ["B:1"]]]
    assert groups("b:1", ":x", "A:1", "a:2", "B:2", ":y") == [
        ["b", ["b:1", "B:2"]],
        ["A", ["A:1", "a:2"]],
        ["", ["x", "y"]],
    ]
    assert groups("A:1", "A:2") == [["A", ["A:1", "A:2"]]]


def test_whether_a_site_has_an_account() -> None:
    body = "return given.sites.map((site) => hasSite(given.accounts, site));"
    accounts = [{"issuer": "Amazon", "label": "a"}, {"issuer": "GitHub", "label": "b"}]
    given = {"accounts": accounts, "sites": ["ａmazon ", "github", "Google", "Ama"]}
    assert run(("rules/account",), body, given) == [True, True, False, False]


def test_a_search_finds_all_words_in_any_order() -> None:
    account = {"issuer": "Amazon", "label": "美国店 (me@mail.example)"}
    found = {
        "": True,
        " ": True,
        "amazon": True,
        "  MAIL \t amazon ": True,
        "ａｍａ": True,
        "美国": True,
        "amazon berlin": False,
        "amazonme": False,
    }
    body = "return given.texts.map((text) => isFound(given.account, text));"
    given = {"account": account, "texts": list(found)}
    assert run(("rules/account",), body, given) == list(found.values())


USUAL = {"issuer": "", "label": "me", "type": "totp", "algorithm": "SHA1", "digits": 6, "period": 30}
OTHERS = {"type": "hotp", "algorithm": "SHA256", "digits": 8, "period": 60}


def full_account(**settings: Any) -> dict[str, Any]:
    return USUAL | {"secret": [1, 2, 3], "counter": 0, "recipe": ""} | settings


def planned(accounts: list[dict[str, Any]], *stored: dict[str, Any]) -> Any:
    body = """
        return planFor(given.accounts, given.stored)
          .map(({ account, renamed, omitted }) => [account.label, renamed ?? null, omitted]);
    """
    return run(("rules/plan",), body, {"accounts": accounts, "stored": [USUAL | entry for entry in stored]})


def test_a_new_account_is_added_and_the_same_one_once() -> None:
    assert planned([full_account(), full_account()]) == [["me", "", ""], ["me", None, "twice"]]
    assert planned([full_account(issuer="A"), full_account(issuer="B")]) == [["me", "", ""]] * 2
    assert planned([full_account(label="a"), full_account(label="b")]) == [["a", "", ""], ["b", "", ""]]


@pytest.mark.parametrize(
    ("name", "value"),
    [*OTHERS.items(), ("secret", [1, 2, 4]), ("secret", [1, 2]), ("counter", 1), ("recipe", "x")],
)
def test_what_differs_at_all_is_added_under_another_name(name: str, value: object) -> None:
    changed = full_account(**{name: value})
    assert planned([full_account(), changed]) == [["me", "", ""], ["me (2)", "me", ""]]
    assert planned([full_account(), changed, changed])[2] == ["me", None, "twice"]


@pytest.mark.parametrize("name", OTHERS)
def test_what_the_key_has_is_known_by_name_and_settings(name: str) -> None:
    assert planned([full_account()], {}) == [["me", None, "known"]]
    assert planned([full_account(secret=[9])], {}) == [["me", None, "known"]]
    assert planned([full_account(**{name: OTHERS[name]})], {}) == [["me (2)", "me", ""]]
    assert planned([full_account(issuer="A")], {}) == [["me", "", ""]]


def test_a_number_behind_a_name_is_the_next_one_and_fits() -> None:
    assert planned([full_account()], {"digits": 8}, {"label": "me (2)", "digits": 8}) == [
        ["me (3)", "me", ""]
    ]
    label = "😀" * limits.NAME
    (found,) = planned([full_account(label=label)], {"label": label, "digits": 8})
    assert found == ["😀" * (limits.NAME - 4) + " (2)", label, ""]


def copied(ours: list[dict[str, Any]], *theirs: dict[str, Any]) -> Any:
    body = "return copyPlan(given.ours, given.theirs).map(({ account, left }) => [account.label, left]);"
    both = {"ours": [USUAL | entry for entry in ours], "theirs": [USUAL | entry for entry in theirs]}
    return run(("rules/plan",), body, both)


def test_the_copy_says_why_an_account_is_left_out() -> None:
    labels = ["new", "known", "other", "twice", "twice", UNREADABLE]
    reasons = ["", "known", "other", "twice", "twice", "lost"]
    found = copied(
        [{"label": label} for label in labels], {"label": "known"}, {"label": "other", "digits": 8}
    )
    assert found == [list(each) for each in zip(labels, reasons, strict=True)]


def test_the_copy_leaves_what_is_lent_whatever_else() -> None:
    assert copied([{"end": "00"}, {"end": "00"}], {}) == [["me", "lent"]] * 2
    assert copied([{"label": UNREADABLE, "end": "00"}]) == [[UNREADABLE, "lost"]]


@pytest.mark.parametrize("name", OTHERS)
def test_the_copy_tells_another_account_by_its_settings(name: str) -> None:
    assert copied([{}], {name: OTHERS[name]}) == [["me", "other"]]
    assert copied([{}, {"issuer": "A"}], {}) == [["me", "known"], ["me", ""]]
