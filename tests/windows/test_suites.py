"""The project's tests that need no terminal and no Linux, run by Python for Windows as they are."""

from __future__ import annotations

import re

import pytest

from other_systems import ROOT
from tests.windows import wine

pytestmark = pytest.mark.windows

_SUITES = (
    "tests/importers",
    "tests/protocol",
    "tests/unit",
    "tests/pictures/test_qr.py",
    "tests/pictures/test_damaged.py",
)
#: They want tools of a developer that the Windows here lacks.
_LEFT_OUT = (
    "tests/unit/test_board_pins.py",
    "tests/unit/test_drive.py",
    "tests/unit/test_inline_constants.py",
)


def test_the_parts_without_a_port(windows: None) -> None:
    left_out = [f"--ignore={file}" for file in _LEFT_OUT]
    ended = wine.run("-m", "pytest", "-q", "--color=no", *_SUITES, *left_out, cwd=ROOT)
    told = ended.out.decode(errors="replace")
    assert ended.code == 0, told[-4000:]
    passed = re.search(r"(\d+) passed", told)
    assert passed
    assert int(passed[1]) > 250
