"""Plays random traces of the model of consent on a simulated key, and finds the first step that differs."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.attacks.stage import Stage
from tests.cuts.kinds import BOARD, MORNING
from tests.model import consent
from tests.model.consent import Event, Said, State
from tests.model.explore import Model
from tests.model.replay import Replay
from tests.support.desk import Desk
from totpkey_protocol import storage
from totpkey_virtual.simulator import SimulatedKey

CONSENT = Model(consent.begin(), consent.events, consent.step)
#: The fewest and the most events of a trace.
_LENGTH = 4, 8
#: Set-up must last so many s longer than the event that is drawn.
_IN_TIME = 10
#: How often a person touches the key, compared with how often a program asks for one thing.
_WEIGHTS = {"right": 5.0, "wrong": 1.5, "session": 0.7, "read": 0.5, "reopen": 0.5}


@dataclass(frozen=True)
class Difference:
    """Where key and model part: a state, the events from there on, what was expected last, and what came."""

    begun: State
    events: tuple[Event, ...]
    expected: tuple[Said, ...]
    said: tuple[Said, ...]


def stage(drive: Path) -> Replay:
    """A new key in setup, with its clock set and an account, as the model begins."""
    key = SimulatedKey(drive, BOARD, alone=storage.FILES, unix_time=MORNING)
    # Nobody reads its light, and most of a trace is waiting.
    key.dozes = True
    stage = Stage(Desk(key))
    stage.desk.plug_in()
    replay = Replay(stage.desk, stage.set_up())
    replay.start_over()
    return replay


def play(replay: Replay, traces: int, seed: int) -> Iterator[Difference]:
    """Play so many traces, each from where the last has ended. Yield each that the key ends otherwise."""
    dice, state = random.Random(seed), CONSENT.begin
    for _ in range(traces):
        state, difference = _one(replay, state, dice)
        if difference:
            yield difference
            replay.start_over()
            state = CONSENT.begin


def _one(replay: Replay, state: State, dice: random.Random) -> tuple[State, Difference | None]:
    begun, events = state, tuple[Event, ...]()
    for _ in range(dice.randint(*_LENGTH)):
        event = _draw(state, dice, replay.left - _IN_TIME)
        events += (event,)
        said = replay.play(event, state, consent.units(state, event))
        state, expected = CONSENT.step(state, event)
        if said != expected:
            return state, Difference(begun, events, expected, said)
    return state, None


def _draw(state: State, dice: random.Random, seconds: float) -> Event:
    """What can happen in that time, and what matters more often."""
    possible = [
        event for event in CONSENT.events(state) if consent.UNIT * consent.units(state, event) < seconds
    ]
    return dice.choices(possible, [_weight(state, event) for event in possible])[0]


def _weight(state: State, event: Event) -> float:
    if event[0] == "ask" and event[1] != state.session:
        return 0.3
    if event[0] == "wait" and int(event[1]) > 3:
        # Until then no gesture is left.
        return 8.0 if state.gestures == consent.GESTURES and not state.waits else 0.1
    return _WEIGHTS.get(event[0], 1.0)
