"""Runs parts of the page's code without a page, in Node.js, which has the same engine as Chromium.

tests/mutants/page takes the place of `code_of` and `result_of`.
"""

from __future__ import annotations

import atexit
import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import build_page
from tests.page.programs import Programs
from tests.support.judges import from_npm


@cache
@from_npm
def code_of(modules: tuple[str, ...]) -> str:
    """A script that makes the exports of those modules global. Skips the test where none can be built."""
    return build_page.module_for_tests(*modules)


def run(modules: tuple[str, ...], body: str, given: object) -> Any:
    """Run `body`, JavaScript that has `given` and the exports of `modules`, and return its result.

    Skip the test without Node.js.
    """
    return json.loads(result_of(code_of(modules), f"(async (given) => {{ {body} }})({json.dumps(given)})"))


def each(modules: tuple[str, ...], function: str, given: Sequence[object]) -> Any:
    """Return what a function of JavaScript gives for each; of a problem that it throws, `[name, values]`."""
    body = f"""
        const outcome = async (one) => {{
          try {{
            return await ({function})(one);
          }} catch (problem) {{
            if (!problem.values) throw problem;
            return [problem.name, problem.values];
          }}
        }};
        const all = [];
        for (const one of given) all.push(await outcome(one));
        return all;
    """
    return run(modules, body, given)


def result_of(code: str, main: str) -> str:
    """The JSON of what `main`, a promise, gives after `code`."""
    return _programs().run(code, main).told()


@cache
def _programs() -> Programs:
    programs = Programs(build_page.libraries_for_tests())
    atexit.register(programs.close)
    return programs
