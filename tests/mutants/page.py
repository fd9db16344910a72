"""Mutate a file of the page's rules by Stryker, and see that the tests which run them in Node.js notice.

    python -m tests.mutants.page NAME ...

A name is that of a file in page/src/rules, without its ending. Prints the mutants that survive, and Stryker's
table. Works on a copy of the tree.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import page_packages
from tests.mutants.__main__ import PYTEST, ROOT, copy_tree

PACKAGES = page_packages.Packages(page_packages.PAGE / "mutants", ROOT / "build" / "page" / "mutants")
#: The tests that run rules without a browser, which takes 2 s for each mutant.
TESTS = ("rules", "lending_texts", "backup_on_paper", "published_vectors", "picture_size", "copy", "shops")
#: The packages of which the page is built, for the copy.
_BUILT = Path("build", "page", "npm")


def _settings(names: list[str]) -> dict[str, object]:
    tests = " ".join(f"tests/page/test_{name}.py" for name in TESTS)
    options = " ".join(f"'{option}'" for option in PYTEST)
    return {
        "testRunner": "command",
        "commandRunner": {"command": f"'{sys.executable}' -m pytest {options} {tests}"},
        "mutate": [f"page/src/rules/{name}.js" for name in names],
        "concurrency": os.cpu_count() or 1,
        "reporters": ["clear-text"],
        "plugins": [],
        # It is a copy already.
        "inPlace": True,
        "allowConsoleColors": False,
    }


def mutate(names: list[str]) -> int:
    """Stryker's exit code. Raises CannotBuild without npm."""
    PACKAGES.install()
    page_packages.BUILD.install()
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        copy_tree(tree)
        (tree / _BUILT).parent.mkdir(parents=True)
        (tree / _BUILT).symlink_to(ROOT / _BUILT)
        (tree / "stryker.json").write_text(json.dumps(_settings(names)), encoding="utf-8")
        paths = os.pathsep.join(str(tree / name) for name in ("host", "firmware/lib"))
        command = [str(PACKAGES.modules / ".bin" / "stryker"), "run", "stryker.json"]
        return subprocess.run(
            command, cwd=tree, env=os.environ | {"PYTHONPATH": paths}, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(mutate(sys.argv[1:]))
