"""Mutate files of the page's rules by Stryker, and see that the tests which run them in Node.js notice.

    python -m tests.mutants.page [NAME ...]

A name is that of a file in page/src/rules, without its ending; without one, all are mutated. Prints the
mutants that survive, and ends with 1 if there are any. What SURVIVORS in survivors.py lists is no failure.

All mutants of a file stand in one program, each behind a switch. The tests run once as they are, to show
what each reaches and how long it takes. Each mutant is then tried by all tests that reach it until one
fails, first by those that have killed most in the least time. Tests in a browser take no part, because they
would take seconds for each mutant.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tools"))

import pytest

from tests.mutants.page import stryker
from tests.mutants.page.stryker import Mutant
from tests.mutants.page.survivors import SURVIVORS
from tests.mutants.page.trial import Trial

KINDS = KILLED, EQUAL, SURVIVED = ("killed", "told equivalent", "survived")
ROOT = Path(__file__).resolve().parents[3]
_PYTEST = ("-q", "-s", "-p", "no:xdist", "-p", "no:cacheprovider", "-m", "not needs and not chip")


def tests() -> list[str]:
    """The files of tests that run parts of the page in Node.js."""
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "page").glob("test_*.py")}
    return [str(path) for path, text in texts.items() if "from tests.page.scripts import" in text]


class Outcomes:
    """How many mutants of each rule were killed, and which of SURVIVORS survived."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = {}
        self.used: set[tuple[str, str, str]] = set()

    def tell(self, mutant: Mutant, outcome: str) -> None:
        entry = (mutant.rule, mutant.old, mutant.new)
        kind = KILLED if outcome.startswith(KILLED) else EQUAL if entry in SURVIVORS else SURVIVED
        self.counts.setdefault(mutant.rule, Counter())[kind] += 1
        if kind == EQUAL:
            self.used.add(entry)
        if kind == SURVIVED:
            print(f"{mutant}: {outcome}", flush=True)


def mutate(rules: Sequence[str]) -> int:
    """How many mutants survive, though a test might notice, and how many are listed that do not."""
    outcomes = Outcomes()
    code = pytest.main([*_PYTEST, *tests()], plugins=[Trial(rules, outcomes.tell)])
    if code != pytest.ExitCode.OK:
        return 1
    stale = [entry for entry in SURVIVORS if entry[0] in rules and entry not in outcomes.used]
    for rule, old, new in stale:
        print(f"{rule}: `{old}` becomes `{new}`: no such mutant survives")
    for rule, counts in outcomes.counts.items():
        print(f"{rule}: {counts.total()} mutants: {', '.join(f'{counts[kind]} {kind}' for kind in KINDS)}")
    return sum(counts[SURVIVED] for counts in outcomes.counts.values()) + len(stale)


if __name__ == "__main__":
    sys.exit(1 if mutate(sys.argv[1:] or sorted(path.stem for path in stryker.RULES.glob("*.js"))) else 0)
