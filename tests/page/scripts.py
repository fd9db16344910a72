"""Runs parts of the page's code without a page, in Node.js, which has the same engine as Chromium.

tests/mutants/page takes the place of `code_of` and `result_of`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cache
from typing import Any

import pytest

import build_page


@cache
def code_of(modules: tuple[str, ...]) -> str:
    """A script with the exports of those modules. Skips the test where none can be built."""
    try:
        return build_page.module_for_tests(*modules)
    except build_page.CannotBuild as problem:
        pytest.skip(str(problem))


def node() -> str:
    """Node.js. Skips the test without it."""
    found = shutil.which("node")
    if not found:
        pytest.skip("there is no Node.js")
    return found


def run(modules: tuple[str, ...], body: str, given: object) -> Any:
    """Run `body`, JavaScript that has `given` and the exports of `modules`, and return its result.

    Skip the test without Node.js.
    """
    return json.loads(result_of(code_of(modules), f"(async (given) => {{ {body} }})({json.dumps(given)})"))


def result_of(code: str, main: str) -> str:
    """The JSON of what `main`, a promise, gives after `code`."""
    program = f"{code}\n{main}.then((result) => process.stdout.write(JSON.stringify(result)));"
    # Pass the script through standard input, so that no secret is on a command line.
    done = subprocess.run([node(), "-"], input=program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
