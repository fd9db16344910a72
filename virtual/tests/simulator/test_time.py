"""The chip's ways of telling time."""

from __future__ import annotations

from collections.abc import Callable

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
