"""Consent as a model: all its states keep the rules, and a simulated key does what it does.

docs/concepts/consent.md has the rules.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from tests.model import consent
from tests.model.consent import BUSY, EVERYTHING, NO_SESSION, OK, REQUESTS, SMALL, TOUCH, State
from tests.model.explore import Step, every_step
from tests.model.playing import CONSENT, Difference, play, stage
from tests.support.cases import slow
from totpkey.install.drive import drive_folder

#: Traces that are played in `make test`, and in one case of `make test-rest`. `make model` plays more.
FEW, SOME = 8, 100


@cache
def steps() -> list[Step[State]]:
    return list(every_step(CONSENT))


def test_the_model_is_finite_and_large() -> None:
    assert len({step.after for step in steps()}) > 3000


def _by_its_touch(step: Step[State]) -> bool:
    """What needs a touch is done by the gesture of that request, or by what an earlier one allowed."""
    for request, said in step.said:
        if said == OK and request in REQUESTS:
            earlier = (request == SMALL and step.before.changes) or (
                request == EVERYTHING and step.before.export
            )
            own = step.event == ("right",) and step.before.waits == request
            if not (own or (earlier and step.event[0] == "ask")):
                return False
    return True


def _only_in_the_session(step: Step[State]) -> bool:
    """A program without the session gets nothing, and disturbs no request."""
    if step.event[0] != "ask" or step.event[1] == step.before.session:
        return True
    disturbed = step.before.waits and (step.before.waits, BUSY) in step.said
    return not disturbed and (step.event[2], NO_SESSION) in step.said


def _not_after_a_wrong_gesture(step: Step[State]) -> bool:
    """No request begins to wait while the key refuses them."""
    return not step.before.refuses or all(said != TOUCH for _, said in step.said)


def _nothing_stays_without_a_session(step: Step[State]) -> bool:
    state = step.after
    return bool(state.session) or not (state.waits or state.changes or state.export)


def _has_a_way_back(step: Step[State]) -> bool:
    """Two minutes in which nobody does anything, and nothing waits, is dead or is allowed."""
    later, _said = consent.step(step.after, ("wait", "30"))
    return later == State(session=later.session, quiet=later.quiet)


RULES: list[Callable[[Step[State]], bool]] = [
    _by_its_touch,
    _only_in_the_session,
    _not_after_a_wrong_gesture,
    _nothing_stays_without_a_session,
    _has_a_way_back,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__.strip("_"))
def test_every_state_keeps_the_rule(rule: Callable[[Step[State]], bool]) -> None:
    assert [step for step in steps() if not rule(step)][:3] == []


@pytest.mark.parametrize(("traces", "seed"), [(FEW, 1), *(slow(SOME, seed) for seed in (2, 3, 4))])
def test_a_key_does_what_the_model_does(traces: int, seed: int) -> None:
    differences: list[Difference] = list(play(stage(drive_folder()), traces, seed))
    assert differences == []
