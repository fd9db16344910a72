"""Accounts by site: groups, what tells names apart, and what a search finds."""

from __future__ import annotations

from typing import Any

from tests.page.scripts import run


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
