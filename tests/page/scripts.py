"""Runs parts of the page's code outside of a page, in Node.js: the same engine as Chromium's."""

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
    """What `body` returns: JavaScript that has `given`, and what `modules` export. Skips without Node.js."""
    node = shutil.which("node")
    if not node:
        pytest.skip("there is no Node.js")
    main = f"(async (given) => {{ {body} }})({json.dumps(given)})"
    program = f"{_code(modules)}\n{main}.then((result) => process.stdout.write(JSON.stringify(result)));"
    # By standard input, so that no secret stands on a command line.
    done = subprocess.run([node, "-"], input=program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)
