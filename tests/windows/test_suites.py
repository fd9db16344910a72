"""The project's tests that need no terminal and no Linux, run unchanged by Python for Windows."""

from __future__ import annotations

import re

import pytest

from other_systems import ROOT
from tests.windows import wine

pytestmark = pytest.mark.needs("windows")

_SUITES = (
    "readers/tests",
    "tests/boards/test_board_pins.py",
    "tests/clock/test_reckoning.py::test_dates_agree_with_datetime",
    "tests/clock/test_reckoning.py::test_ticks_wrap",
    "tests/clone/test_clone.py::test_rfc_7748_a_thousand_times",
    "tests/clone/test_clone.py::test_agrees_with_an_independent_implementation",
    "tests/codes/test_otp.py",
    "tests/importers",
    "tests/protocol",
    "tests/typing/test_gestures.py",
)
#: They open ports.
_LEFT_OUT = ("tests/importers/test_commands.py",)


def test_the_parts_without_a_port(windows: None) -> None:
    left_out = [f"--ignore={folder}" for folder in _LEFT_OUT]
    ended = wine.run("-m", "pytest", "-q", "--color=no", *_SUITES, *left_out, cwd=ROOT)
    told = ended.out.decode(errors="replace")
    assert ended.code == 0, told[-4000:]
    passed = re.search(r"(\d+) passed", told)
    assert passed
    assert int(passed[1]) > 250
