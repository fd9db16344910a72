"""Which tests try a mutant of code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutants.reach import MODULE, OF, TO, Reach, function_at

ROOT = Path(__file__).resolve().parents[2]
_MODULE = """\
LIMIT = 7

def double(number):
    return 2 * number

class Box:
    @property
    def size(self):
        def half(number):
            return number // 2
        return half(LIMIT)
"""
_TESTS = """\
import threading
from boxes import Box, double

def test_in_a_thread():
    thread = threading.Thread(target=double, args=(1,))
    thread.start()
    thread.join()

def test_a_property():
    assert Box().size == 3

def test_nothing():
    pass
"""


@pytest.mark.parametrize(
    ("line", "expected"), [(1, 1), (3, 1), (4, 3), (6, 1), (8, 1), (9, 7), (10, 9), (11, 7)]
)
def test_the_function_around_a_line(line: int, expected: int) -> None:
    assert function_at(_MODULE, line) == expected


def test_what_each_test_runs(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    pytester.makepyfile(boxes=_MODULE, test_boxes=_TESTS)
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{pytester.path}")
    monkeypatch.setenv(OF, "boxes.py")
    monkeypatch.setenv(TO, str(pytester.path / "reach"))
    pytester.runpytest_subprocess("-p", "tests.mutants.reach").assert_outcomes(passed=3)
    reach = Reach.read([pytester.path / "reach"])
    assert [test.rpartition(":")[2] for test in reach.seconds] == [
        "test_in_a_thread",
        "test_a_property",
        "test_nothing",
    ]
    assert reach.tests(("boxes.py", 3), 60) == ["test_boxes.py::test_in_a_thread"]
    assert reach.tests(("boxes.py", 9), 60) == ["test_boxes.py::test_a_property"]
    assert reach.tests(("boxes.py", 2), 60) == []
    # It ran when the tests were collected.
    assert len(reach.tests(("boxes.py", MODULE), 60)) == 2


def test_the_quickest_come_first_as_many_as_the_time_is_for() -> None:
    place = ("a.py", 1)
    reach = Reach({"slow": 30.0, "quick": 1.0, "middle": 9.0}, {place: {"slow", "quick", "middle"}})
    assert reach.tests(place, 39.9) == ["quick", "middle"]
    assert reach.tests(place, 40) == ["quick", "middle", "slow"]
    assert reach.tests(place, 0.5) == ["quick"]
