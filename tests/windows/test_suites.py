"""The project's tests that need no terminal and no Linux, run unchanged by Python for Windows."""

from __future__ import annotations

import re

import pytest

from other_systems import ROOT
from tests.windows import wine

pytestmark = pytest.mark.needs("windows")

_SUITES = (
    "readers/tests",
    "tests/boards/test_boards.py",
    "tests/clock/test_clock.py",
    "tests/clone/test_x25519.py",
    "tests/codes/test_otp.py",
    "tests/importers",
    "tests/protocol",
    "tests/typing/test_gestures.py",
)
#: They open ports.
_LEFT_OUT = ("tests/importers/commands",)


def test_the_parts_without_a_port(windows: None) -> None:
    left_out = [f"--ignore={folder}" for folder in _LEFT_OUT]
    ended = wine.run("-m", "pytest", "-q", "--color=no", *_SUITES, *left_out, cwd=ROOT)
    told = ended.out.decode(errors="replace")
    assert ended.code == 0, told[-4000:]
    passed = re.search(r"(\d+) passed", told)
    assert passed
    assert int(passed[1]) > 250
