"""A few lives, and what lives stand on: events that stay themselves, snapshots, shrinking, planted bugs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.leaks.plugin import recorder
from tests.life.events import Event, plan
from tests.life.expected import INVARIANTS
from tests.life.life import play
from tests.life.plant import hunt
from tests.life.planted import BUGS, SOURCES, Bug
from tests.life.shrink import shrunk
from tests.support.cases import slow
from totpkey.install.drive import drive_folder
from totpkey_virtual.flash import PowerCut

ROOT = Path(__file__).resolve().parents[2]
#: Years of a life in `make test`, and of one in `make test-rest`.
SHORT, LONG = 0.1, 0.6
#: `make test-rest` hunts some planted bugs that are found within so many years; `make planted` hunts all.
#: What is printed would be a leak of the test itself.
FEW = 10
SOME = [slow(bug, id=bug.name) for bug in BUGS[::6] if bug.years <= FEW and bug.name != "a secret is printed"]


@pytest.fixture
def drive() -> Path:
    return drive_folder()


@pytest.mark.parametrize(
    ("seed", "years"), [(1, SHORT), (2, SHORT), *(slow(seed, LONG) for seed in (3, 4, 6, 7))]
)
def test_a_life(drive: Path, seed: int, years: float) -> None:
    outcome = play(plan(seed, years), drive)
    assert outcome.broken is None, "\n".join([*outcome.story, str(outcome.broken)])
    assert outcome.years >= years


@pytest.mark.parametrize("bug", SOME)
def test_a_planted_bug_is_found(bug: Bug) -> None:
    assert hunt(bug).broken
    # Each life has looked for its own secrets. The next draws the same random bytes, and not for the same.
    recorder.search()


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_has_a_place_in_the_firmware(bug: Bug) -> None:
    source = (SOURCES / bug.path).read_text(encoding="utf-8")
    assert source.count(bug.old) == 1
    compile(source.replace(bug.old, bug.new), bug.path, "exec")


def test_a_seed_gives_the_same_life_and_a_longer_one_begins_alike() -> None:
    assert plan(7, 3) == plan(7, 3)
    shorter = plan(7, 2)
    assert plan(7, 3)[: len(shorter)] == shorter
    assert plan(7, 1) != plan(8, 1)


def story() -> list[str]:
    return list(play(plan(5, SHORT)[:8], drive_folder()).story)


def test_a_life_goes_alike_in_another_process() -> None:
    tell = "from tests.life import test_life; print(*test_life.story(), sep='\\n')"
    elsewhere = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai"}
    told = subprocess.check_output([sys.executable, "-c", tell], cwd=ROOT, env=elsewhere, text=True)
    assert told.splitlines() == story()


def test_a_life_shrinks_to_the_events_that_it_takes() -> None:
    events = plan(3, 2)
    wanted = {events[4], events[30], events[-1]}

    def fails(some: Sequence[Event]) -> bool:
        return {event.number for event in wanted} <= {event.number for event in some}

    assert [event.number for event in shrunk(events, fails)] == sorted(event.number for event in wanted)


def test_a_cut_that_a_failure_does_not_need_is_left_out() -> None:
    cut = [Event(1, number, "a while", cut=PowerCut(0)) for number in range(2)]
    short = shrunk(cut, lambda events: len(events) == 2 and events[1].cut is not None)
    assert [event.cut is not None for event in short] == [False, True]


def test_the_document_lists_the_invariants() -> None:
    text = (ROOT / "docs" / "concepts" / "life.md").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^\d+\. \*\*(.+)\.\*\*", text, re.MULTILINE)) == INVARIANTS
