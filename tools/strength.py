"""Compare two commits: how much there is, and how much of the code the tests judge.

    python tools/strength.py COMMIT COMMIT [--tests tests/vault ...] [--mutants clock ...] [--every 20]

Prints lines of Python and JavaScript by folder where they differ, words of documents, and how many cases
pytest collects. With `--tests` it also counts the branches that the quick tests of these folders cover (by
`coverage`, of `make judges`), with `--mutants` it tries each N-th mutant of an area (tests/mutants/areas.py).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from other_systems import source_folders

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("firmware/lib", "build/drive/source", "host", "readers/src", "virtual/src")
ALONE = ("-p", "no:xdist", "-p", "no:cacheprovider")


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """A commit's tree, with what its tests need built."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "tree")
        _git("worktree", "add", "--quiet", "--detach", str(tree), commit)
        try:
            # They are of no source of the tree.
            shutil.copytree(ROOT / "build/libraries", tree / "build/libraries")
            for tool in ("build_drive", "build_catalogues", "build_words"):
                run(tree, f"tools/{tool}.py")
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree))


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def run(tree: Path, *words: str, right: tuple[int, ...] = (0,)) -> str:
    """Run Python with a tree's sources instead of this one's, and give what it wrote. Raises if it fails."""
    paths = [*source_folders(tree), tree / "tools", tree]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths)), "TOTPKEY_SAME_EXAMPLES": "1"}
    done = subprocess.run([sys.executable, *words], cwd=tree, env=env, capture_output=True, text=True)
    if done.returncode not in right:
        raise RuntimeError(f"{words}: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    return done.stdout


def sizes(tree: Path) -> Counter[str]:
    """Lines of code by folder, and words of documents."""
    found = Counter[str]()
    for name in _git("-C", str(tree), "ls-files").splitlines():
        path = tree / name
        if path.suffix in (".py", ".js"):
            parts = Path(name).parts
            found["/".join(parts[: 2 if parts[0] in ("tests", "host") else 1])] += len(
                path.read_bytes().splitlines()
            )
        elif path.suffix == ".md":
            found["words of documents"] += len(path.read_text(encoding="utf-8").split())
    found["all code"] = sum(found.values()) - found["words of documents"]
    return found


def cases(tree: Path) -> int:
    """How many cases there are in all parts of the tests."""
    told = run(tree, "-m", "pytest", "-qq", "--collect-only", *ALONE)
    return sum(int(count) for count in re.findall(r"^\S+\.py: (\d+)$", told, re.MULTILINE))


def branches(tree: Path, tests: list[str]) -> int:
    """How many branches of the sources the quick tests in these folders take."""
    source = f"--source={','.join(SOURCES)}"
    run(tree, "-m", "coverage", "run", "--branch", source, "-m", "pytest", "--part=quick", *ALONE, *tests)
    run(tree, "-m", "coverage", "json", "--quiet", "-o", "coverage.json")
    return int(json.loads((tree / "coverage.json").read_bytes())["totals"]["covered_branches"])


def mutants(tree: Path, area: str, every: int) -> str:
    """What becomes of each so many-th mutant of an area, as tests/mutants says it."""
    sample = ("-m", "tests.mutants", "--code", area, "--every", str(every))
    # It ends with 1 where some survive.
    return run(tree, *sample, right=(0, 1)).splitlines()[-1]


def figures(commit: str, options: argparse.Namespace) -> dict[str, object]:
    """What is printed of a commit."""
    with checked_out(commit) as tree:
        found: dict[str, object] = {**sizes(tree), "cases": cases(tree)}
        found |= {"branches": branches(tree, options.tests)} if options.tests else {}
        return found | {f"mutants: {area}": mutants(tree, area, options.every) for area in options.mutants}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("commits", nargs=2, metavar="COMMIT")
    parser.add_argument("--tests", nargs="+", default=[])
    parser.add_argument("--mutants", nargs="+", default=[], metavar="AREA")
    parser.add_argument("--every", type=int, default=20)
    options = parser.parse_args()
    before, after = (figures(commit, options) for commit in options.commits)
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name, 0), after.get(name, 0)
        if old != new or "/" not in name:
            print(f"{name:24} {old:>8} {new:>8}")


if __name__ == "__main__":
    main()
