"""What becomes of code that is mutated, and that all that is listed still stands there.

Rules belong to this firmware; survivors, of the firmware and of the page's rules, still are mutants.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mutants.areas import SURVIVORS
from tests.mutants.code import mutants
from tests.mutants.page import stryker
from tests.mutants.page import survivors as page_survivors
from tests.mutants.rules import RULES, Rule
from tests.page.scripts import Programs

ROOT = Path(__file__).resolve().parents[2]
LIB = ROOT / "firmware" / "lib"
OF_PAGE = page_survivors.SURVIVORS


def changed(source: str) -> set[str]:
    """The lines that mutants have and the source has not."""
    return {line.strip() for mutant in mutants(source) for line in mutant.source.splitlines()} - {
        line.strip() for line in source.splitlines()
    }


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = a < b\n", {"x = (a) <= (b)", "x = (a) >= (b)"}),
        (
            "x = a and b or c\n",
            {
                *("x = ((a and b) and (c))", "x = ((c))", "x = ((a and b))"),
                *("x = ((a) or (b)) or c", "x = ((b)) or c", "x = ((a)) or c"),
            },
        ),
        ("x = not a\n", {"x = (a)"}),
        ("x = 7\n", {"x = 8"}),
        ("x = a + b\n", {"x = ((a) - (b))"}),
        ("if f:\n    x = True\n", {"if True:", "if False:"}),
        ("while a:\n    break\n", {"pass"}),
        ("a.b = c\n", {"pass"}),
        ("f()\n", {"pass"}),
        ("x = f(7, a=a < b)\n", {"x = f(8, a=a < b)", "x = f(7, a=(a) <= (b))", "x = f(7, a=(a) >= (b))"}),
        ("def f():\n    return x\n", {"return None"}),
        ('def f(a: "int" = 1):\n    "no"\n', set()),
        ("if TYPE_CHECKING:\n    x = 1\n", set()),
        ("x = 'ä', a == b\n", {"x = 'ä', (a) != (b)"}),
    ],
)
def test_what_becomes_of_code(source: str, expected: set[str]) -> None:
    assert changed(source) == expected


def test_each_survivor_is_a_mutant_and_has_a_reason() -> None:
    for (path, line, old, new), reason in SURVIVORS.items():
        found = mutants((LIB / path).read_text(encoding="utf-8"))
        assert (line, old, new) in {(mutant.text, mutant.old, mutant.new) for mutant in found}, (path, line)
        assert reason


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_stands_where_the_list_says(rule: Rule) -> None:
    text = (LIB / rule.path).read_text(encoding="utf-8")
    assert text.count(rule.old) == 1
    compile(text.replace(rule.old, rule.new), rule.path, "exec")
    assert rule.tests
    for name in rule.tests:
        path, _, test = name.partition("::")
        assert (ROOT / path).exists(), name
        assert not test or f"def {test}(" in (ROOT / path).read_text(encoding="utf-8"), name


def test_each_survivor_of_the_page_stands_there_and_has_a_reason() -> None:
    for (rule, old, new), reason in OF_PAGE.items():
        assert old in stryker.plain(stryker.source_of(rule)), (rule, old)
        assert old != new
        assert reason


@pytest.mark.slow
@pytest.mark.parametrize("rule", sorted({rule for rule, _, _ in OF_PAGE}))
def test_each_survivor_of_the_page_is_a_mutant(rule: str) -> None:
    if not stryker.PACKAGES.folder.exists():
        pytest.skip("there is no Stryker: make mutants RULES=setup_key")
    _, made = stryker.instrumented([rule])
    found = {(mutant.rule, mutant.old, mutant.new) for mutant in made}
    assert {entry for entry in OF_PAGE if entry[0] == rule} <= found


@pytest.fixture
def programs() -> Iterator[Programs]:
    made = Programs("globalThis.kept = 7;")
    yield made
    made.close()


def test_programs_run_one_after_the_other_and_leave_nothing(programs: Programs) -> None:
    assert (
        programs.run("globalThis.more = kept; globalThis.setTimeout = 1;", "(async () => more)()").told()
        == "7"
    )
    assert programs.run("", "(async () => typeof more + typeof setTimeout)()").told() == '"undefinedfunction"'
