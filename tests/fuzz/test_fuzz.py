"""What reads files, codes, backups, images, drives and requests refuses what it cannot read, and never fails.

`make test` gives each target its seeds; `make test-rest` lets atheris look for more, for a few seconds.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz import fuzzing
from tests.fuzz.fuzzing import fuzz, missing
from tests.fuzz.targets import TARGETS

#: How many inputs atheris tries for each target.
_RUNS = 3000


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds(name: str) -> None:
    first, *others = TARGETS[name].seeds()
    # Not even refused.
    TARGETS[name].read(first)
    for data in others:
        TARGETS[name](data)


@pytest.mark.slow
@pytest.mark.skipif(bool(missing()), reason=missing())
@pytest.mark.parametrize("name", TARGETS)
def test_a_short_search_finds_nothing(name: str, tmp_path: Path) -> None:
    found = fuzz(name, tmp_path, f"-runs={_RUNS}", "-seed=1")
    assert found.fault == ""
    assert found.runs >= _RUNS


@pytest.mark.slow
@pytest.mark.skipif(bool(missing()), reason=missing())
def test_the_memory_of_what_starts_it_is_not_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzzing, "_MEMORY", 300)
    held = bytearray(b"\1") * (400 << 20)
    # The limit is looked at each second.
    assert fuzz("frames", tmp_path, "-runs=12000", "-seed=1").fault == ""
    assert held
