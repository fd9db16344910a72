"""Weaken each rule of the firmware in a copy of the tree, and see that a test notices.

    python -m tests.mutants [--jobs N] [PART OF A NAME ...]

Prints one line for each rule, and ends with 1 if one survives or cannot be tried.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

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
    "not chip and not slow and not browser",
)
#: Exit codes of pytest.
FAILED, PASSED = 1, 0
#: So long may the tests of one rule take, in s. A weakened rule may keep a test from ending.
LIMIT = 900


def copy_tree(to: Path) -> None:
    """Copy the sources, and what is built of them."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    for name in ("drive", "locale", "words"):
        shutil.copytree(ROOT / "build" / name, to / "build" / name)


def tried(rule: Rule, tree: Path) -> str:
    """What becomes of a rule that is weakened there: "killed by …", "survived" or why it cannot be tried."""
    kept = {tree / place / rule.path: (ROOT / place / rule.path).read_text() for place in PLACES}
    if any(text.count(rule.old) != 1 for text in kept.values()):
        return "the rule has moved: correct tests/mutants/rules.py, and run `make drive`"
    for path, text in kept.items():
        path.write_text(text.replace(rule.old, rule.new))
    try:
        run = subprocess.run(
            [sys.executable, "-m", "pytest", *PYTEST, *rule.tests],
            cwd=tree,
            env=os.environ | {"PYTHONPATH": f"{tree / 'host'}{os.pathsep}{tree / 'firmware' / 'lib'}"},
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
    except subprocess.TimeoutExpired:
        return f"killed by its tests, which did not end within {LIMIT} s"
    finally:
        for path, text in kept.items():
            path.write_text(text)
    if run.returncode not in (FAILED, PASSED):
        return f"its tests cannot be run: {run.stdout[-500:]}{run.stderr[-500:]}"
    if run.returncode == PASSED:
        return "survived"
    by = next((line for line in run.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))), "")
    return f"killed by {by}"


def verdict(rule: Rule, outcome: str) -> tuple[bool, str]:
    """Whether that outcome is right, and a line that says so."""
    if rule.equivalent:
        return outcome == "survived", f"equivalent ({rule.equivalent})" if outcome == "survived" else outcome
    return outcome.startswith("killed"), outcome


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutants", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("parts", nargs="*", metavar="PART OF A NAME")
    options = parser.parse_args(arguments)
    rules = [rule for rule in RULES if not options.parts or any(part in rule.name for part in options.parts)]
    with tempfile.TemporaryDirectory() as folder:
        trees: Queue[Path] = Queue()
        for number in range(min(options.jobs, len(rules))):
            copy_tree(Path(folder, str(number)))
            trees.put(Path(folder, str(number)))

        def judged(rule: Rule) -> bool:
            tree = trees.get()
            right, line = verdict(rule, tried(rule, tree))
            trees.put(tree)
            print(f"{'' if right else 'NOT '}as it should be: {rule.name}: {line}", flush=True)
            return right

        with ThreadPoolExecutor(options.jobs) as pool:
            right = list(pool.map(judged, rules))
    print(f"{len(rules)} rules, of which {right.count(False)} are not as they should be.")
    return 0 if all(right) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
