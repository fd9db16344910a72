"""How the drive's files are found, compiled and run, and what CircuitPython lacks."""

from __future__ import annotations

import sys
from collections.abc import Callable

from virtual.tests.simulator.conftest import MakeKey

Printed = Callable[..., list[str]]


def test_a_module_is_executed_once(printed: Printed) -> None:
    code = "import noisy\nfrom noisy import X\nimport sys\nprint(X, 'noisy' in sys.modules)"
    assert printed(code, files={"noisy.py": "print('executed')\nX = 1"}) == ["executed", "1 True"]


def test_the_process_keeps_its_own_modules(make_key: MakeKey) -> None:
    before = set(sys.modules)
    key = make_key("import board, supervisor, helper\nprint(helper.X)", files={"helper.py": "X = 'done'"})
    key.run(5)
    assert key.console.endswith("done\n")
    assert {"board", "supervisor", "helper"}.isdisjoint(set(sys.modules) - before)


def test_compiled_libraries_cannot_run_here(make_key: MakeKey) -> None:
    key = make_key("import fast", files={"lib/fast.mpy": b"C\x06"})
    key.run(5)
    assert "fast.mpy: the simulator needs source/fast.py in the drive's folder" in key.console


def test_a_caught_exception_goes_to_the_console_that_nobody_sees(printed: Printed) -> None:
    code = """
import io, traceback
try:
    1 / 0
except ZeroDivisionError as error:
    traceback.print_exception(error)
    text = io.StringIO()
    traceback.print_exception(type(error), error, error.__traceback__, file=text)
    print(text.getvalue().splitlines()[-1])
"""
    lines = printed(code)
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-2:] == ["ZeroDivisionError: division by zero"] * 2
