"""The list of rules that `make mutants` weakens belongs to this firmware."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutants.rules import RULES, Rule

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_stands_where_the_list_says(rule: Rule) -> None:
    text = (ROOT / "firmware" / "lib" / rule.path).read_text(encoding="utf-8")
    assert text.count(rule.old) == 1
    compile(text.replace(rule.old, rule.new), rule.path, "exec")
    assert rule.tests
    for name in rule.tests:
        path, _, test = name.partition("::")
        assert (ROOT / path).exists(), name
        assert not test or f"def {test}(" in (ROOT / path).read_text(encoding="utf-8"), name
