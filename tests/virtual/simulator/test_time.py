"""The chip's ways of telling time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Printed = Callable[..., list[str]]


def test_ticks_start_65_s_before_they_wrap(printed: Printed) -> None:
    code = """
import supervisor, time
first = supervisor.ticks_ms()
time.sleep(65)
print(first > (1 << 29) - 65536, supervisor.ticks_ms() < 65536)
"""
    assert printed(code, seconds=100) == ["True True"]


def test_monotonic_loses_milliseconds(printed: Printed) -> None:
    code = """
import time
time.sleep(20000)
short, exact = time.monotonic(), time.monotonic_ns()
time.sleep(0.003)
print((time.monotonic() - short) * 128 % 1, (time.monotonic_ns() - exact) // 1000000)
"""
    assert printed(code, seconds=21000) == ["0.0 3"]


def test_the_calendar_restarts_in_2000_and_ends_in_2038(printed: Printed) -> None:
    code = """
import time
print(time.time() // 60 == 946684800 // 60, time.localtime(2147483647)[:6])
print(time.mktime(time.struct_time((2026, 1, 2, 3, 4, 5, 0, 0, 0))))
time.localtime(2147483648)
"""
    lines = printed(code)
    assert lines[:2] == ["True (2038, 1, 19, 3, 14, 7)", "1767323045"]
    assert lines[-1].startswith("OverflowError")


@pytest.mark.parametrize("statement", ["time.sleep(-1)", "time.mktime((1999, 1, 1, 0, 0, 0, 0, 0, 0))"])
def test_what_time_refuses(printed: Printed, statement: str) -> None:
    assert printed(f"import time\n{statement}")[-1].partition(":")[0] in ("ValueError", "OverflowError")


def test_sleeping_takes_device_time_only(printed: Printed) -> None:
    code = """
import time
start = time.monotonic_ns()
time.sleep(3600)
print((time.monotonic_ns() - start) // 10**9)
"""
    assert printed(code, seconds=4000) == ["3600"]
