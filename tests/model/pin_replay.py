"""Plays the events of the model of the PIN on a simulated key."""

from __future__ import annotations

import random
from pathlib import Path

from tests.attacks.stage import PIN, Stage, done
from tests.cuts.kinds import BOARD, MORNING
from tests.leaks.plugin import recorder
from tests.model import pin
from tests.model.explore import Event, Model, Said
from tests.support.desk import Desk
from totpkey_protocol import storage
from totpkey_virtual.simulator import SimulatedKey

PINS = Model(pin.begin(), pin.events, pin.step)
#: As long to enter as the right one: 25 presses, and a pause after each of four digits.
_WRONG = "5280"
#: Longer than any delay, in s.
_LONG = 40.0
#: How often a person enters the wrong PIN, compared with what else may happen.
_WEIGHTS = {"wrong": 3.0, "wait": 0.7}


class PinReplay:
    """A key in setup, with a PIN."""

    def __init__(self, drive: Path) -> None:
        self._desk = Desk(SimulatedKey(drive, BOARD, alone=storage.FILES, unix_time=MORNING))
        self._stage = Stage(self._desk)
        self._desk.plug_in()
        self._stage.set_up(pin=True)

    def play(self, event: Event) -> tuple[Said, ...]:
        """Play an event, and return what the key then says of itself."""
        getattr(self, f"_{event[0]}")()
        state = str(done(self._stage.port.ask("hello"))["state"])
        return ("state", state), ("tries", str(done(self._stage.port.ask("slots"))["tries"]))

    def accounts(self) -> int:
        """How many accounts an open key has."""
        return int(str(done(self._stage.port.ask("list"))["total"]))

    def _replug(self) -> None:
        self._desk.replug_for_setup()
        self._stage.port.open()

    def _wait(self) -> None:
        self._desk.key.run(_LONG)

    def _lock(self) -> None:
        done(self._stage.port.ask("lock"))

    def _right(self) -> None:
        self._desk.enter_pin(PIN)

    def _wrong(self) -> None:
        recorder.known.add_pin(_WRONG)
        self._desk.enter_pin(_WRONG)


def walk(drive: Path, length: int, seed: int) -> list[str]:
    """Play a random trace until it ends, or the key is blocked. Return what differs from the model."""
    replay, state, dice = PinReplay(drive), PINS.begin, random.Random(seed)
    for number in range(length):
        possible = list(PINS.events(state))
        event = dice.choices(possible, [_WEIGHTS.get(each[0], 1.0) for each in possible])[0]
        said = replay.play(event)
        state, expected = PINS.step(state, event)
        if said != expected:
            return [f"event {number}, {event[0]}: expected {expected}, not {said}, in {state}"]
        if state.open and replay.accounts() != 1:
            return [f"event {number}, {event[0]}: the account is not there"]
    return []
