"""Power cuts: all of them on the simulator, a sample on the chip. `make cuts` does all on both."""

from __future__ import annotations

import contextlib
import os
import random
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.cuts.checking import check
from tests.cuts.cutting import (
    AFTERWARDS,
    WAYS,
    Left,
    changed,
    cut_once,
    cut_twice,
    prepared,
    recovered,
    verdict,
)
from tests.cuts.kinds import Chip, Kind, Simulator, Snapshot, vault_start
from tests.cuts.scenarios import SCENARIOS, Scenario
from tests.life.expected import Broken
from tests.support.cases import sampled
from tests.support.desk import Desk
from totpkey.errors import TotpkeyError
from totpkey_protocol import storage
from totpkey_virtual.flash import DRIVE_START, SECTOR, PowerCut

#: Whether all that cuts leave is checked on the chip, as `make cuts` has it: an hour for one core.
ALL = "TOTPKEY_CUTS" in os.environ
#: Otherwise so many different things left are checked there, of each of these.
CHIP_SAMPLE = 3
ON_CHIP = (
    "first set-up",
    "add",
    "batch of 20",
    "change PIN, and seal all anew",
    "set PIN, files copied",
    "wipe",
)
#: Of these each cut is tried by `make test`.
QUICK_SAMPLE = ("first set-up", "add", "wrong PIN")
#: So many operations of a change are really cut, each in all ways.
REALLY_CUT = 3


@pytest.fixture(autouse=True)
def same_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a repeated change send identical frames, ids included, since the key mixes them into its salts."""
    monkeypatch.setattr("totpkey.link.conversation.os", SimpleNamespace(urandom=bytes))


SIMULATOR = Simulator()
OF_COPIES = Simulator(copied=True)


def simulator(scenario: Scenario) -> Simulator:
    return OF_COPIES if scenario.copied else SIMULATOR


def named(*names: str) -> list[Scenario]:
    return [scenario for scenario in SCENARIOS if scenario.name in names]


@pytest.mark.parametrize(
    "scenario", sampled(SCENARIOS, named(*QUICK_SAMPLE)), ids=lambda scenario: scenario.name
)
def test_every_cut_leaves_all_or_nothing(scenario: Scenario) -> None:
    kind = simulator(scenario)
    trace = changed(scenario, kind, prepared(scenario, kind, kind))
    left = trace.left()
    assert sum(len(each.cuts) for each in left) == len(trace.steps) * len(WAYS) > 0
    assert cut_once(scenario, kind, left) == []
    if scenario.twice:
        assert any(recovered(kind, each.snapshot).steps for each in left)
        assert cut_twice(scenario, kind, left) == []


@pytest.mark.parametrize(
    "scenario", sampled(SCENARIOS, named(*QUICK_SAMPLE)), ids=lambda scenario: scenario.name
)
def test_what_is_done_is_there(scenario: Scenario) -> None:
    """The last of a scenario's outcomes, and no other, once the change is done; the first before it."""
    kind = simulator(scenario)
    before = prepared(scenario, kind, kind)
    first, last = ([outcome] for outcome in scenario.outcomes[:: len(scenario.outcomes) - 1])
    for snapshot, outcomes in ((before, first), (changed(scenario, kind, before).end, last)):
        key = kind.make(snapshot)
        check(key, outcomes)
        key.unplug()


@pytest.mark.slow
@pytest.mark.parametrize("scenario", named("set PIN, files copied"), ids=lambda scenario: scenario.name)
def test_the_vault_of_a_copied_key_is_written_to_its_ends_and_no_further(scenario: Scenario) -> None:
    """The first and the last sector that it has for itself: those beyond it shares with others."""
    before = prepared(scenario, OF_COPIES, OF_COPIES)
    start = vault_start(before.flash)
    shared = start // SECTOR * SECTOR, (start + storage.SIZE) // SECTOR * SECTOR
    assert before.flash[shared[0] : start].strip(b"\xff\x00")
    assert before.flash[start + storage.SIZE : shared[1] + SECTOR].strip(b"\xff\x00")
    touched = {step.address // SECTOR * SECTOR for step in changed(scenario, OF_COPIES, before).steps}
    assert (min(touched), max(touched)) == (shared[0] + SECTOR, shared[1] - SECTOR)


def really_cut(scenario: Scenario, kind: Kind, before: Snapshot, cut: PowerCut) -> Snapshot:
    """What a key holds whose power fails at `cut` in the middle of the change."""
    desk = Desk(kind.make(before))
    desk.plug_in()
    scenario.approach(desk)
    desk.key.cut_power_at(cut)
    with contextlib.suppress(TotpkeyError, RuntimeError):
        scenario.change(desk)
        desk.key.run(AFTERWARDS)
    assert not desk.key.plugged
    return Snapshot.of(desk.key)


def assert_cuts_are_as_reckoned(scenario: Scenario, kind: Kind, sample: int) -> None:
    before = prepared(scenario, kind, simulator(scenario))
    reckoned = changed(scenario, kind, before).left()
    cuts = [(cut, each) for each in reckoned for cut in each.cuts]
    for cut, each in random.Random(0).sample(cuts, sample):
        assert really_cut(scenario, kind, before, cut).flash == each.snapshot.flash, cut


@pytest.mark.parametrize(
    "scenario", sampled(named("add", "remove PIN"), named("add")), ids=lambda scenario: scenario.name
)
def test_real_cuts_leave_what_is_reckoned(scenario: Scenario) -> None:
    assert_cuts_are_as_reckoned(scenario, SIMULATOR, REALLY_CUT * len(WAYS))


# The test can fail


def torn(snapshot: Snapshot, address: int) -> Snapshot:
    """That snapshot with a sector erased, as a cut would leave one that the firmware has begun to rewrite."""
    flash = bytearray(snapshot.flash)
    flash[address : address + SECTOR] = b"\xff" * SECTOR
    return replace(snapshot, flash=bytes(flash))


@pytest.mark.parametrize("offset", [0, SECTOR], ids=["boot sector and FAT", "root directory"])
def test_a_key_that_has_lost_its_drive_is_noticed(offset: int) -> None:
    (scenario,) = named("add")
    before = prepared(scenario, SIMULATOR, SIMULATOR)
    assert verdict(scenario, SIMULATOR, before) is None
    failure = verdict(scenario, SIMULATOR, torn(before, DRIVE_START + offset))
    assert (failure or "").startswith("Broken: Sound: the key shows the USB classes")


def test_an_account_that_is_lost_is_noticed() -> None:
    (add,), (remove,) = named("add"), named("remove")
    lost = prepared(add, SIMULATOR, SIMULATOR)
    key = SIMULATOR.make(lost)
    with pytest.raises(Broken, match="Kept"):
        check(key, remove.outcomes[:1])
    key.unplug()


# On the chip


@pytest.fixture(scope="module")
def chip(image: Path) -> Chip:
    return Chip(image)


@pytest.fixture(scope="module")
def chip_of_copies(image: Path) -> Chip:
    return Chip(image, copied=True)


def sample(left: list[Left]) -> list[Left]:
    return left if ALL else random.Random(len(left)).sample(left, min(CHIP_SAMPLE, len(left)))


@pytest.mark.chip
@pytest.mark.parametrize(
    "scenario", SCENARIOS if ALL else named(*ON_CHIP), ids=lambda scenario: scenario.name
)
def test_a_sample_of_cuts_on_the_chip(scenario: Scenario, chip: Chip, chip_of_copies: Chip) -> None:
    kind = chip_of_copies if scenario.copied else chip
    trace = changed(scenario, kind, prepared(scenario, kind, simulator(scenario)))
    assert cut_once(scenario, kind, sample(trace.left())) == []


@pytest.mark.chip
@pytest.mark.parametrize(
    "scenario",
    [each for each in SCENARIOS if each.twice and (ALL or each.name == "wipe")],
    ids=lambda scenario: scenario.name,
)
def test_a_sample_of_second_cuts_on_the_chip(scenario: Scenario, chip: Chip) -> None:
    trace = changed(scenario, chip, prepared(scenario, chip, SIMULATOR))
    left = trace.left()
    begun = left[len(trace.steps) // 20]
    assert recovered(chip, begun.snapshot).steps
    assert cut_twice(scenario, chip, left if ALL else [begun], sample) == []


@pytest.mark.chip
def test_real_cuts_on_the_chip_leave_what_is_reckoned(chip: Chip) -> None:
    (scenario,) = named("add")
    assert_cuts_are_as_reckoned(scenario, chip, 2)
