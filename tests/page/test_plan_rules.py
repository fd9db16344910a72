"""What a copy from key to key leaves out, and why."""

from __future__ import annotations

from tests.page.scripts import run


def test_the_plan_says_why_an_account_is_left_out() -> None:
    usual = {"issuer": "", "type": "totp", "algorithm": "SHA1", "digits": 6, "period": 30}
    ours = [
        {**usual, "label": label} for label in ("new", "known", "other", "twice", "twice", "(unreadable)")
    ]
    theirs = [{**usual, "label": "known"}, {**usual, "label": "other", "digits": 8}]
    body = "return copyPlan(given.ours, given.theirs).map(({ left }) => left);"
    left = run(("rules/plan",), body, {"ours": ours, "theirs": theirs})
    assert left == ["", "known", "other", "twice", "twice", "lost"]
