"""The events of a life, drawn from its seed. Each has its own dice, so it stays itself without the others."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.life import attackers, computers, lending, nature, owner, spare, updates
from tests.life.world import World
from totpkey_virtual.flash import Moment, PowerCut, Torn

Act = Callable[[World], None]

#: How long the key lies unused, in days, on average; and how often in a life that is longer.
_DAYS, _LONG = 10, 0.06
#: How often an event is cut, and at which of its flash operations at most.
_CUT, _OPERATIONS = 0.12, 60
#: How many lives are of keys with a secure element.
_ELEMENT = 0.25
YEAR = 365.25
_DAYS_PASS = "days pass"

#: What happens, and how often in comparison.
ACTS: dict[str, tuple[Act, int]] = {
    "owner signs in": (owner.signs_in, 22),
    "owner goes on": (owner.goes_on, 6),
    "owner adds": (owner.adds, 12),
    "owner renames": (owner.renames, 4),
    "owner removes": (owner.removes, 4),
    "owner moves": (owner.moves, 3),
    "owner chooses": (owner.chooses, 4),
    "owner looks": (owner.looks, 3),
    "owner asks for a code": (owner.asks_for_a_code, 5),
    "owner sets the clock": (owner.sets_the_clock, 4),
    "owner sets a PIN": (owner.sets_a_pin, 6),
    "owner sets a passphrase": (owner.sets_a_passphrase, 2),
    "owner takes a lock away": (owner.takes_a_lock_away, 2),
    "owner types otherwise": (owner.types_otherwise, 2),
    "owner backs up": (owner.backs_up, 2),
    "owner wipes and restores": (owner.wipes_and_restores, 1),
    "owner finds it locked": (owner.finds_it_locked, 2),
    "owner clones": (spare.clones, 2),
    "owner updates": (updates.updates, 1),
    "owner lends": (lending.lends, 5),
    "holder turns the clock back": (lending.turns_the_clock_back, 3),
    "another computer": (computers.another_computer, 6),
    "a KVM switches": (computers.kvm_switches, 3),
    "computer restarts in a code": (computers.restarts_in_a_code, 3),
    "computer sleeps in a code": (computers.sleeps_in_a_code, 3),
    "computer hangs in a code": (computers.stops_polling, 2),
    "program asks for everything": (attackers.asks_for_everything, 5),
    "program swaps a request": (attackers.swaps_a_request, 6),
    "program adds accounts": (attackers.adds_accounts, 1),
    "program moves the clock": (attackers.moves_the_clock, 4),
    "program floods the port": (attackers.floods_the_port, 2),
    "program asks a locked key": (attackers.asks_a_locked_key, 2),
    "thief guesses the PIN": (attackers.guesses_the_pin, 5),
    "thief reads the flash": (attackers.reads_the_flash, 4),
    "it gets warmer": (nature.it_gets_warmer, 3),
    "the cell dies": (nature.the_cell_dies, 1),
    "the clock stops": (nature.the_clock_stops, 1),
    "the clock goes away": (nature.the_clock_goes_away, 1),
    "the element goes away": (nature.the_element_goes_away, 2),
    "a cell sticks": (nature.a_cell_sticks, 1),
    "the cable slips": (nature.the_cable_slips, 4),
    "a while": (nature.a_while, 3),
}


@dataclass(frozen=True)
class Event:
    """One event of the life of `seed`. `days` pass, if it is that; `cut` may end it."""

    seed: int
    number: int
    name: str
    days: float = 0.0
    cut: PowerCut | None = None

    def play(self, world: World) -> None:
        world.begin_event(random.Random(f"{self.seed}/{self.number}"))
        if self.name == _DAYS_PASS:
            nature.days_pass(world, self.days)
            return
        if self.cut:
            world.arm(self.cut)
        ACTS[self.name][0](world)

    def __str__(self) -> str:
        return f"{self.number:6} {self.name}"


def has_element(seed: int) -> bool:
    """Whether the keys of this life have a secure element."""
    return random.Random(f"{seed}/element").random() < _ELEMENT


def plan(seed: int, years: float) -> list[Event]:
    """All events of a life."""
    dice = random.Random(seed)
    events, passed = [Event(seed, 0, "owner adds"), Event(seed, 1, "owner adds")], 0.0
    while passed < years * YEAR:
        event = _drawn(dice, seed, len(events))
        events.append(event)
        passed += event.days
    return events


def _drawn(dice: random.Random, seed: int, number: int) -> Event:
    if dice.random() < 0.35:
        days = dice.expovariate(1 / _DAYS) if dice.random() > _LONG else dice.uniform(30, 400)
        return Event(seed, number, _DAYS_PASS, days)
    weights = [weight for _, weight in ACTS.values()]
    (name,) = dice.choices(list(ACTS), weights)
    return Event(seed, number, name, cut=_cut(dice) if dice.random() < _CUT else None)


def _cut(dice: random.Random) -> PowerCut:
    """More often at one of the first operations."""
    operation = min(dice.randrange(_OPERATIONS), dice.randrange(_OPERATIONS))
    moment = dice.choice((Moment.BEFORE, Moment.DURING, Moment.DURING, Moment.DURING))
    return PowerCut(operation, moment, dice.choice(list(Torn)), dice.randrange(1 << 30))
