"""How the page's rules are mutated, and that what is listed as a survivor still is a mutant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.mutants.page import stryker
from tests.mutants.page.survivors import SURVIVORS
from tests.page import programs as module
from tests.page.programs import Programs

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
        pytest.skip("there is no Stryker: make mutants RULES=base32")
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


@pytest.mark.parametrize(
    ("main", "error"),
    [
        ("(async () => { throw new Error('no'); })()", "no"),
        ("(async () => { await new Promise(() => {}); })()", "it waits for nothing"),
        ("(async () => { for (;;) if (stryMutAct('5')) continue; })()", "Hit count limit"),
        pytest.param(
            "(async () => { const all = []; for (;;) all.push(new Array(9).fill(all.length)); })()",
            "Node.js ended",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_goes_wrong_ends_its_own_run_alone(
    programs: Programs, main: str, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # To fill the memory may take longer than a mutant has, beside other tests.
    monkeypatch.setattr(module, "_AND_SECONDS", 100)
    switch = """
        globalThis.stryMutAct = (id) => {
          const stryker = globalThis.__stryker__;
          const active = stryker.activeMutant === id;
          if (active && ++stryker.hitCount > stryker.hitLimit) throw new Error("Hit count limit");
          return active;
        };
    """
    usual = programs.run(switch, "(async () => 1)()")
    outcome = programs.run(switch, main, "5", usual)
    assert error in outcome.error
    assert programs.run(switch, "(async () => 2)()", "5", usual).told() == "2"


@pytest.mark.slow
def test_the_time_that_a_mutant_had_is_no_limit_of_the_next_run(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_AND_SECONDS", 1)
    usual = programs.run("", "(async () => 1)()")
    busy = "(async () => { const end = Date.now() + 4000; while (Date.now() < end); return 3; })()"
    assert programs.run("", "(async () => 2)()", "5", usual).told() == "2"
    long = programs.run("", busy)
    assert long.told() == "3"
    assert programs.run("", busy.replace("4000", "60000"), "5", usual).error == "it has no end"
