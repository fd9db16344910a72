"""Weaken each rule of the firmware in a copy of the tree, and see that a test notices.

    python -m tests.mutants [--jobs N] [PART OF A NAME ...]
    python -m tests.mutants --code AREA [--every N] [--first K] [--by TESTS] [--jobs N]

Prints one line for each rule, and ends with 1 if one survives or cannot be tried. With `--code`, the code of
an area (tests/mutants/areas.py) is mutated instead, at each N-th place from the K-th on, counted from 0. Its
tests run once as they are, and each mutant is then tried by those that run its function. `--by` names some of
them, for a quick look. Prints the mutants that survive. What SURVIVORS in tests/mutants/areas.py lists is no
failure, because no test can notice it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

from tests.mutants.areas import AREAS, SURVIVORS, Area
from tests.mutants.code import Mutant, mutants
from tests.mutants.reach import OF, TO, Reach, function_at
from tests.mutants.rules import RULES, Rule

ROOT = Path(__file__).resolve().parents[2]
#: What the simulator runs of a built drive, and what tests import.
PLACES = (Path("build/drive/source"), Path("firmware/lib"))
#: Neither slow nor on other machines; a failure is enough.
PYTEST = (
    "-q",
    "-x",
    "-p",
    "no:xdist",
    "-p",
    "no:cacheprovider",
    "-m",
    "not chip and not slow and not whole and not needs",
)
#: Exit codes of pytest.
FAILED, PASSED = 1, 0
#: So long may the tests of one rule take, in s. A weakened rule may keep a test from ending.
LIMIT = 900
#: A mutant of code is tried by so many seconds of the tests that reach it, and if it survives, by so many.
BUDGET, WHOLE_BUDGET = 40, 300
#: They may take so many times as long as without the mutant, and some seconds. Longer means without an end.
PATIENCE, AND_SECONDS = 5, 60


def copy_tree(to: Path) -> None:
    """Copy the sources, and what is built of them."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    for name in ("drive", "libraries", "locale", "words"):
        shutil.copytree(ROOT / "build" / name, to / "build" / name)


def tried(rule: Rule, tree: Path) -> str:
    """What becomes of a rule that is weakened there: "killed by …", "survived" or why it cannot be tried."""
    kept = [(ROOT / place / rule.path).read_text() for place in PLACES]
    if any(text.count(rule.old) != 1 for text in kept):
        return "the rule has moved: correct tests/mutants/rules.py, and run `make drive`"
    return judged(rule.path, kept[0].replace(rule.old, rule.new), rule.tests, tree)


def judged(path: str, source: str, tests: Sequence[str], tree: Path, limit: float = LIMIT) -> str:
    """What the tests there say to a module with another source."""
    kept = {tree / place / path: (ROOT / place / path).read_text() for place in PLACES}
    for changed in kept:
        changed.write_text(source)
    try:
        run = run_tests(tests, tree, limit)
    except subprocess.TimeoutExpired:
        return f"killed by its tests, which did not end within {limit:.0f} s"
    finally:
        for changed, text in kept.items():
            changed.write_text(text)
    if run.returncode not in (FAILED, PASSED):
        return f"its tests cannot be run: {run.stdout[-500:]}{run.stderr[-500:]}"
    if run.returncode == PASSED:
        return "survived"
    by = next((line for line in run.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))), "")
    return f"killed by {by}"


def run_tests(
    tests: Sequence[str], tree: Path, limit: float | None, *options: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run tests there, with environment variables. Raises TimeoutExpired after `limit` s."""
    paths = os.pathsep.join(map(str, (tree / "host", tree / "firmware" / "lib", *tree.glob("*/src"))))
    # Runs that share pytest's folder disturb each other as they end (tests/starts.py).
    with tempfile.TemporaryDirectory() as temporary:
        listed = Path(temporary, "tests")
        listed.write_text("\n".join(tests), encoding="utf-8")
        return subprocess.run(
            [sys.executable, "-m", "pytest", *PYTEST, *options, f"@{listed}"],
            cwd=tree,
            env=os.environ | {"PYTHONPATH": paths, "PYTEST_DEBUG_TEMPROOT": temporary} | variables,
            capture_output=True,
            text=True,
            timeout=limit,
        )


@contextmanager
def trees(count: int) -> Iterator[Queue[Path]]:
    """So many copies of the tree, for one mutant each at a time."""
    with tempfile.TemporaryDirectory() as folder:
        free: Queue[Path] = Queue()
        for number in range(count):
            copy_tree(Path(folder, str(number)))
            free.put(Path(folder, str(number)))
        yield free


def weaken_rules(parts: Sequence[str], jobs: int) -> int:
    """Try all rules, or those with such a name. How many are not as they should be."""
    rules = [rule for rule in RULES if not parts or any(part in rule.name for part in parts)]
    with trees(min(jobs, len(rules))) as free, ThreadPoolExecutor(jobs) as pool:

        def is_right(rule: Rule) -> bool:
            tree = free.get()
            told = tried(rule, tree)
            free.put(tree)
            right = told.startswith("killed")
            print(f"{'' if right else 'NOT '}as it should be: {rule.name}: {told}", flush=True)
            return right

        wrong = list(pool.map(is_right, rules)).count(False)
    print(f"{len(rules)} rules, of which {wrong} are not as they should be.")
    return wrong


def reach(area: Area, free: Queue[Path], pool: ThreadPoolExecutor) -> Reach:
    """Run an area's tests as they are. Raises SystemExit if they fail."""
    with tempfile.TemporaryDirectory() as folder:

        def record(tests: str) -> Path:
            tree, to = free.get(), Path(folder, tests.replace("/", "-"))
            of = os.pathsep.join(area.modules)
            run = run_tests([tests], tree, None, "-p", "tests.mutants.reach", **{OF: of, TO: str(to)})
            free.put(tree)
            if run.returncode != PASSED:
                sys.exit(f"{tests} fails as it is: {run.stdout[-1500:]}")
            return to

        return Reach.read(pool.map(record, area.tests))


def mutate_code(area: Area, sample: slice, jobs: int) -> int:
    """Try these of an area's mutants. How many survive, though a test might notice."""
    sources = {path: (ROOT / PLACES[1] / path).read_text(encoding="utf-8") for path in area.modules}
    found = [(path, mutant) for path, source in sources.items() for mutant in mutants(source)][sample]
    with trees(jobs) as free, ThreadPoolExecutor(jobs) as pool:
        reached = reach(area, free, pool)

        def tried_by(tests: Sequence[str], path: str, mutant: Mutant) -> str:
            if not tests:
                return "survived, as no test runs it"
            tree = free.get()
            limit = AND_SECONDS + PATIENCE * sum(reached.seconds[test] for test in tests)
            told = judged(path, mutant.source, tests, tree, limit)
            free.put(tree)
            # They were there without the mutant, so a table of cases has become another.
            return "killed by tests that are gone" if "ERROR: not found:" in told else told

        def outcome(path: str, mutant: Mutant) -> str:
            place = (path, function_at(sources[path], mutant.line))
            tests, all_tests = (reached.tests(place, seconds) for seconds in (BUDGET, WHOLE_BUDGET))
            told = tried_by(tests, path, mutant)
            if told == "survived" and len(all_tests) > len(tests):
                told = tried_by(all_tests[len(tests) :], path, mutant)
            if not told.startswith("killed"):
                told = SURVIVORS.get(
                    (path, mutant.text, mutant.old, mutant.new), f"{told} ({len(all_tests)} tests)"
                )
            if not told.startswith("killed by FAILED"):
                # A time that ran out is told, too: a busy machine may be its cause.
                print(f"{path}, {mutant}: {told}", flush=True)
            return told

        outcomes = list(pool.map(outcome, *zip(*found, strict=True)))
    killed = sum(told.startswith("killed") for told in outcomes)
    survived = sum(told.startswith(("survived", "its tests")) for told in outcomes)
    equal = len(found) - killed - survived
    print(f"{len(found)} mutants: {killed} killed, {equal} told equivalent, {survived} survived.")
    return survived


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutants", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--code", choices=AREAS, help="mutate the code of this area")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--by", action="append", metavar="TESTS", help="try them by these tests only")
    parser.add_argument("parts", nargs="*", metavar="PART OF A NAME")
    options = parser.parse_args(arguments)
    if options.code:
        area = AREAS[options.code]
        tests = tuple(options.by or area.tests)
        sample = slice(options.first, None, options.every)
        wrong = mutate_code(Area(area.modules, tests), sample, options.jobs)
    else:
        wrong = weaken_rules(options.parts, options.jobs)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
