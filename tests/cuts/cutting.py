"""Cuts the power at every flash operation of a change, and checks the results.

A change is carried out once, recording every erase and program. The result of a cut at any of them is derived
by the same rule by which a virtual key's flash is cut (`PowerCut.left`); `test_cuts` compares both. Cuts with
the same result are checked only once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.cuts.checking import check
from tests.cuts.kinds import Kind, Snapshot, clock_ahead
from tests.cuts.scenarios import Scenario
from tests.life.expected import Broken
from tests.support.desk import Desk
from totpkey.errors import TotpkeyError
from totpkey_virtual.flash import FlashOperation, Moment, PowerCut, Torn
from totpkey_virtual.key import VirtualKey

#: The ways in which an operation may be cut.
WAYS = (
    (Moment.BEFORE, Torn.ZEROS),
    (Moment.DURING, Torn.ONES),
    (Moment.DURING, Torn.ZEROS),
    (Moment.DURING, Torn.RANDOM),
)


@dataclass(frozen=True)
class Step:
    """One flash operation: its number since power-on, its address, content before and after, and the time."""

    number: int
    address: int
    before: bytes
    after: bytes
    true_time: float
    ahead: float | None


class Trace:
    """The content of a key before and after a period, and its flash operations in between."""

    def __init__(self, key: VirtualKey) -> None:
        self._key = key
        self.start = self.end = Snapshot.of(key)
        self.steps: list[Step] = []

    def __enter__(self) -> Trace:
        self._key.watch_flash(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        self._key.watch_flash(None)
        self.end = Snapshot.of(self._key)

    def _note(self, operation: FlashOperation, before: bytes, after: bytes) -> None:
        number = len(self._key.flash_operations) - 1
        clock = self._key.true_time, clock_ahead(self._key)
        self.steps.append(Step(number, operation.address, before, after, *clock))

    def left(self) -> list[Left]:
        """Return all possible results of cuts, in the order of the operations."""
        groups: dict[tuple[object, ...], Left] = {}
        changes = 0
        for index, step in enumerate(self.steps):
            for moment, torn in WAYS:
                cut = PowerCut(step.number, moment, torn, step.number)
                content = cut.left(step.before, step.after)
                identity = _identity(step, content, changes)
                known = groups.get(identity, Left(self, index, content, ()))
                groups[identity] = replace(known, cuts=(*known.cuts, cut))
            changes += step.before != step.after
        return list(groups.values())


def _identity(step: Step, content: bytes, changes: int) -> tuple[object, ...]:
    """Return what distinguishes a result: the number of complete changes and the incomplete one."""
    ahead = None if step.ahead is None else round(step.ahead)
    if content == step.before:
        return (changes, ahead)
    if content == step.after:
        return (changes + 1, ahead)
    return (changes, ahead, step.address, content)


@dataclass(frozen=True)
class Left:
    """The common result of some cuts, which differ in nothing that survives without power.

    All steps before `step` are complete. That step has left `content` at its address.
    """

    trace: Trace
    step: int
    content: bytes
    cuts: tuple[PowerCut, ...]

    @property
    def snapshot(self) -> Snapshot:
        flash = bytearray(self.trace.start.flash)
        *whole, torn = self.trace.steps[: self.step + 1]
        for step in whole:
            flash[step.address : step.address + len(step.after)] = step.after
        flash[torn.address : torn.address + len(self.content)] = self.content
        return Snapshot(bytes(flash), torn.true_time, torn.ahead)


#: How long a key goes on after a change, in s: it may still be sealing pages.
AFTERWARDS = 1.2
#: Chooses which results to check.
Choose = Callable[[list[Left]], list[Left]]


def prepared(scenario: Scenario, kind: Kind, maker: Kind) -> Snapshot:
    """Return the state of a key of `kind` before the change. A key of `maker`, perhaps faster, is set up."""
    desk = Desk(maker.make())
    scenario.prepare(desk)
    snapshot = Snapshot.of(desk.key)
    if maker is not kind:
        desk = Desk(kind.make(kind.transplant(snapshot)))
        desk.plug_in()
        desk.key.unplug()
        snapshot = Snapshot.of(desk.key)
    return snapshot


def changed(scenario: Scenario, kind: Kind, snapshot: Snapshot) -> Trace:
    """Carry out the change from `snapshot` and record it."""
    desk = Desk(kind.make(snapshot))
    desk.plug_in()
    scenario.approach(desk)
    with Trace(desk.key) as trace:
        scenario.change(desk)
        desk.key.run(AFTERWARDS)
    desk.key.unplug()
    return trace


def recovered(kind: Kind, snapshot: Snapshot) -> Trace:
    """Plug in a key after a cut and record what it does."""
    key = kind.make(snapshot)
    key.plug()
    with Trace(key) as trace:
        Desk(key).settle()
    key.unplug()
    return trace


def verdict(scenario: Scenario, kind: Kind, snapshot: Snapshot) -> str | None:
    """Return what is wrong with a key in the state `snapshot`, or None."""
    key = kind.make(snapshot)
    try:
        check(key, scenario.outcomes)
    except (Broken, TotpkeyError, AssertionError) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        if key.plugged:
            key.unplug()
    return None


def cut_once(scenario: Scenario, kind: Kind, left: list[Left]) -> list[str]:
    """What is wrong after the cuts that left these."""
    verdicts = [(each.cuts[0], verdict(scenario, kind, each.snapshot)) for each in left]
    return [f"{cut}: {failure}" for cut, failure in verdicts if failure]


def cut_twice(scenario: Scenario, kind: Kind, left: list[Left], choose: Choose = list) -> list[str]:
    """Cut the power again at each operation of the recoveries from `left`. What is wrong then."""
    different: dict[bytes, Left] = {}
    for first in left:
        for second in choose(recovered(kind, first.snapshot).left()):
            digest = hashlib.sha1(second.snapshot.flash, usedforsecurity=False).digest()
            different.setdefault(digest, second)
    return cut_once(scenario, kind, list(different.values()))
