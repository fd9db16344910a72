"""Runs parts of the page's code without a page, in Node.js, which has the same engine as Chromium."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cache
from typing import Any

import pytest

import build_page


@cache
def _code(modules: tuple[str, ...]) -> str:
    try:
        return build_page.module_for_tests(*modules)
    except build_page.CannotBuild as problem:
        pytest.skip(str(problem))


def run(modules: tuple[str, ...], body: str, given: object) -> Any:
    """Run `body`, JavaScript that has `given` and the exports of `modules`, and return its result.

    Skip the test without Node.js.
    """
    node = shutil.which("node")
    if not node:
        pytest.skip("there is no Node.js")
    main = f"(async (given) => {{ {body} }})({json.dumps(given)})"
    program = f"{_code(modules)}\n{main}.then((result) => process.stdout.write(JSON.stringify(result)));"
    # Pass the script through standard input, so that no secret is on a command line.
    done = subprocess.run([node, "-"], input=program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)
