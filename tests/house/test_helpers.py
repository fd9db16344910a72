"""Helpers of several tests are in files beside them: no test imports from another test's file."""

from __future__ import annotations

from pathlib import Path

from tests.house.python_imports import read

TESTS = Path(__file__).resolve().parents[1]
#: It runs the commands' own tests again, under Windows.
_AGAIN = "tests/windows/test_commands"


def test_no_test_imports_from_the_file_of_another() -> None:
    borrowed = [
        f"{module} imports {other}"
        for module, imported in read({"tests": TESTS}).items()
        for other in imported
        if other.rpartition("/")[2].startswith("test_") and module != _AGAIN
    ]
    assert borrowed == []
