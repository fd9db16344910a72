"""A plugin of pytest: instead of a run of each test, each mutant is tried by the tests that reach it.

A test sees the page only by the results of the programs that it runs. So a mutant's programs run first, and
Python's part of a test only if one of them gives something else than before.
"""

from __future__ import annotations

import inspect
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import hypothesis
import pytest

import build_page
from tests.mutants.page import stryker
from tests.mutants.page.stryker import Mutant
from tests.page import scripts
from tests.page.scripts import Outcome, Programs

#: Gets what became of a mutant: "killed by …" or "survived …".
Tell = Callable[[Mutant, str], None]
#: What a test runs: modules, separated by blanks, and the program that has their exports.
Call = tuple[str, str]


@contextmanager
def page_with(sources: dict[str, str]) -> Iterator[Callable[[str], str]]:
    """Yield what gives code of a copy of the page, in which rules have other sources.

    As `tests.page.scripts.code_of`, for modules separated by blanks.
    """
    with tempfile.TemporaryDirectory() as folder:
        page = shutil.copytree(build_page.PAGE, Path(folder, "page"))
        for rule, source in sources.items():
            (page / "src" / "rules" / f"{rule}.js").write_text(source, encoding="utf-8")
        yield cache(lambda modules: build_page.module_for_tests(*modules.split(" "), page=page))


class Trial:
    def __init__(self, rules: Sequence[str], tell: Tell) -> None:
        self._rules, self._tell = rules, tell

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        """Draw the same examples for all mutants, and look for no smaller one that fails."""
        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
        profile = hypothesis.settings(deadline=None, derandomize=True, database=None, phases=phases)
        hypothesis.settings.register_profile("mutants", profile)
        hypothesis.settings.load_profile("mutants")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        tests = [item for item in session.items if isinstance(item, pytest.Function)]
        with page_with({}) as code_of, pytest.MonkeyPatch.context() as patch:
            patch.setattr(scripts, "code_of", " ".join)
            programs = Programs(build_page.libraries_for_tests())
            runs = Runs(programs, code_of)
            for test in tests:
                runs.note(test)
            for rule in self._rules:
                changed, mutants = stryker.instrumented([rule])
                with page_with(changed) as mutated:
                    of_rule = Tries(runs, rule, mutants, mutated)
                    for mutant in mutants:
                        self._tell(mutant, of_rule.outcome(mutant))
            programs.close()
        return True


class Runs:
    """What the tests run, and what that gives, of the page as it is."""

    def __init__(self, programs: Programs, code_of: Callable[[str], str]) -> None:
        self.programs = programs
        self.code_of = code_of
        self.tests: dict[Call, list[pytest.Function]] = {}
        self.outcomes: dict[Call, Outcome] = {}

    def note(self, test: pytest.Function) -> None:
        """Run a test, and see what it runs."""

        def result_of(modules: str, main: str) -> str:
            call = (modules, main)
            if call not in self.outcomes:
                self.outcomes[call] = self.programs.run(self.code_of(modules), main)
            self.tests.setdefault(call, []).append(test)
            return self.outcomes[call].told()

        _forget([test])
        failed = _failure(test, result_of)
        if failed:
            pytest.exit(f"{test.nodeid} fails as it is: {failed}", 1)


class Tries:
    """A rule's mutants, tried by the programs that have this rule."""

    def __init__(
        self, runs: Runs, rule: str, mutants: Sequence[Mutant], code_of: Callable[[str], str]
    ) -> None:
        self._runs, self._code_of = runs, code_of
        #: The bundler names each module.
        calls = [call for call in runs.outcomes if f"// rules/{rule}.js\n" in runs.code_of(call[0])]
        self._as_it_is = {call: runs.programs.run(code_of(call[0]), call[1]) for call in calls}
        #: How many mutants each program has killed.
        self._kills: Counter[Call] = Counter()

    def outcome(self, mutant: Mutant) -> str:
        reaching = [call for call, as_it_is in self._as_it_is.items() if mutant.is_reached(as_it_is)]
        tests = {test for call in reaching for test in self._runs.tests[call]}
        found: dict[Call, Outcome] = {}

        def outcome_of(call: Call) -> Outcome:
            if call not in found:
                run, as_it_is = self._runs.programs.run, self._as_it_is.get(call)
                found[call] = run(self._code_of(call[0]), call[1], mutant.switch, as_it_is)
            return found[call]

        _forget(tests)
        for call in sorted(reaching, key=self._seconds_for_each):
            if outcome_of(call) == self._runs.outcomes[call]:
                continue
            for test in self._runs.tests[call]:
                failed = _failure(test, lambda *call: outcome_of(call).told())
                if failed:
                    self._kills[call] += 1
                    return f"killed by {test.nodeid}: {failed}"
        return f"survived {len(tests)} tests" if tests else "survived, as no test runs it"

    def _seconds_for_each(self, call: Call) -> float:
        """The processor time that a program takes for each mutant that it kills, so far."""
        return self._as_it_is[call].seconds / (self._kills[call] + 0.1)


def _failure(test: pytest.Function, result_of: Callable[[str, str], str]) -> str:
    """Run a test without fixtures, and say how it failed, in a line; "" if it did not."""
    parameters = test.callspec.params if hasattr(test, "callspec") else {}
    if not inspect.signature(test.obj).parameters.keys() <= parameters.keys():
        pytest.exit(f"{test.nodeid} takes fixtures, so it cannot try mutants: mark it, or take them away", 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scripts, "result_of", result_of)
        try:
            test.obj(**parameters)
        except pytest.skip.Exception:
            return ""
        except (Exception, pytest.fail.Exception) as problem:  # noqa: BLE001
            return f"{type(problem).__name__} {' '.join(str(problem).split())}"[:120]
    return ""


def _forget(tests: Iterable[pytest.Function]) -> None:
    """Empty the caches of those tests' modules, which hold what others' code gave."""
    for module in {test.module for test in tests}:
        for value in vars(module).values():
            if getattr(value, "__module__", "") == module.__name__ and hasattr(value, "cache_clear"):
                value.cache_clear()
