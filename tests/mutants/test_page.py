"""How the page's rules are mutated, and that what is listed as a survivor still is a mutant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.mutants.page import stryker
from tests.mutants.page.survivors import SURVIVORS
from tests.page.scripts import Programs

RULES = sorted({rule for rule, _, _ in SURVIVORS})


def test_each_survivor_stands_there_and_has_a_reason() -> None:
    for (rule, old, new), reason in SURVIVORS.items():
        assert old in stryker.plain(stryker.source_of(rule)), (rule, old)
        assert old != new
        assert reason


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_each_survivor_is_a_mutant(rule: str) -> None:
    if not stryker.PACKAGES.folder.exists():
        pytest.skip("there is no Stryker: make mutants RULES=setup_key")
    _, mutants = stryker.instrumented([rule])
    found = {(mutant.rule, mutant.old, mutant.new) for mutant in mutants}
    assert {entry for entry in SURVIVORS if entry[0] == rule} <= found


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
