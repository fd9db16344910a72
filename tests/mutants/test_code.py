"""What becomes of code that is mutated, and that what is listed as a survivor still is a mutant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutants.areas import SURVIVORS
from tests.mutants.code import mutants

LIB = Path(__file__).resolve().parents[2] / "firmware" / "lib"


def changed(source: str) -> set[str]:
    """The lines that mutants have and the source has not."""
    return {line.strip() for mutant in mutants(source) for line in mutant.source.splitlines()} - {
        line.strip() for line in source.splitlines()
    }


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = a < b\n", {"x = (a) <= (b)", "x = (a) >= (b)"}),
        (
            "x = a and b or c\n",
            {
                *("x = ((a and b) and (c))", "x = ((c))", "x = ((a and b))"),
                *("x = ((a) or (b)) or c", "x = ((b)) or c", "x = ((a)) or c"),
            },
        ),
        ("x = not a\n", {"x = (a)"}),
        ("x = 7\n", {"x = 8"}),
        ("x = a + b\n", {"x = ((a) - (b))"}),
        ("if f:\n    x = True\n", {"if True:", "if False:"}),
        ("while a:\n    break\n", {"pass"}),
        ("a.b = c\n", {"pass"}),
        ("f()\n", {"pass"}),
        ("x = f(7, a=a < b)\n", {"x = f(8, a=a < b)", "x = f(7, a=(a) <= (b))", "x = f(7, a=(a) >= (b))"}),
        ("def f():\n    return x\n", {"return None"}),
        ('def f(a: "int" = 1):\n    "no"\n', set()),
        ("if TYPE_CHECKING:\n    x = 1\n", set()),
        ("x = 'ä', a == b\n", {"x = 'ä', (a) != (b)"}),
    ],
)
def test_what_becomes_of_code(source: str, expected: set[str]) -> None:
    assert changed(source) == expected


def test_each_survivor_is_a_mutant_and_has_a_reason() -> None:
    for (path, line, old, new), reason in SURVIVORS.items():
        found = mutants((LIB / path).read_text(encoding="utf-8"))
        assert (line, old, new) in {(mutant.text, mutant.old, mutant.new) for mutant in found}, (path, line)
        assert reason
