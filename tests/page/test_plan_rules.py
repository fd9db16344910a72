"""What becomes of each account of an import or of a copy from key to key, and why."""

from __future__ import annotations

from typing import Any

import pytest

from tests.page.scripts import run
from totpkey_protocol import limits
from totpkey_protocol.words import UNREADABLE

USUAL = {"issuer": "", "label": "me", "type": "totp", "algorithm": "SHA1", "digits": 6, "period": 30}
OTHERS = {"type": "hotp", "algorithm": "SHA256", "digits": 8, "period": 60}


def account(**settings: Any) -> dict[str, Any]:
    return USUAL | {"secret": [1, 2, 3], "counter": 0, "recipe": ""} | settings


def planned(accounts: list[dict[str, Any]], *stored: dict[str, Any]) -> Any:
    body = """
        return planFor(given.accounts, given.stored)
          .map(({ account, renamed, omitted }) => [account.label, renamed ?? null, omitted]);
    """
    return run(("rules/plan",), body, {"accounts": accounts, "stored": [USUAL | entry for entry in stored]})


def test_a_new_account_is_added_and_the_same_one_once() -> None:
    assert planned([account(), account()]) == [["me", "", ""], ["me", None, "twice"]]
    assert planned([account(issuer="A"), account(issuer="B")]) == [["me", "", ""]] * 2
    assert planned([account(label="a"), account(label="b")]) == [["a", "", ""], ["b", "", ""]]


@pytest.mark.parametrize(
    ("name", "value"),
    [*OTHERS.items(), ("secret", [1, 2, 4]), ("secret", [1, 2]), ("counter", 1), ("recipe", "x")],
)
def test_what_differs_at_all_is_added_under_another_name(name: str, value: object) -> None:
    changed = account(**{name: value})
    assert planned([account(), changed]) == [["me", "", ""], ["me (2)", "me", ""]]
    assert planned([account(), changed, changed])[2] == ["me", None, "twice"]


@pytest.mark.parametrize("name", OTHERS)
def test_what_the_key_has_is_known_by_name_and_settings(name: str) -> None:
    assert planned([account()], {}) == [["me", None, "known"]]
    assert planned([account(secret=[9])], {}) == [["me", None, "known"]]
    assert planned([account(**{name: OTHERS[name]})], {}) == [["me (2)", "me", ""]]
    assert planned([account(issuer="A")], {}) == [["me", "", ""]]


def test_a_number_behind_a_name_is_the_next_one_and_fits() -> None:
    assert planned([account()], {"digits": 8}, {"label": "me (2)", "digits": 8}) == [["me (3)", "me", ""]]
    label = "😀" * limits.NAME
    (found,) = planned([account(label=label)], {"label": label, "digits": 8})
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
