"""The events of a life, drawn from its seed. Each has its own dice, so it stays itself without the others."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.life import attackers, besides, computers, lending, nature, owner, spare, updates
from tests.life.besides import Beside
from tests.life.habits import Habits, habits_of
from tests.life.world import World
from totpkey_virtual.flash import PowerCut

Act = Callable[[World], None]

YEAR = 365.25
#: How often a key lies unused for long, and for how many days.
_LONG, _LONGEST = 0.002, 300
#: How much more often something happens beside an event that is rare, and how often at most.
_RARER, _MOSTLY = 4, 0.5
SIGNS_IN = "owner signs in"

#: What happens to a key without power, so nothing can happen beside it.
NATURE: dict[str, tuple[Act, int]] = {
    "it gets warmer": (nature.it_gets_warmer, 3),
    "the cell dies": (nature.the_cell_dies, 1),
    "the clock stops": (nature.the_clock_stops, 1),
    "the clock goes away": (nature.the_clock_goes_away, 1),
    "the element goes away": (nature.the_element_goes_away, 1),
    "a cell sticks": (nature.a_cell_sticks, 1),
}
#: What happens besides signing in, and how often in comparison.
ACTS: dict[str, tuple[Act, int]] = {
    SIGNS_IN: (owner.signs_in, 0),
    "owner goes on": (owner.goes_on, 6),
    "owner adds": (owner.adds, 8),
    "owner imports": (owner.imports, 1),
    "owner renames": (owner.renames, 4),
    "owner removes": (owner.removes, 4),
    "owner moves": (owner.moves, 3),
    "owner chooses": (owner.chooses, 4),
    "owner looks": (owner.looks, 3),
    "owner reads the journal": (owner.reads_the_journal, 3),
    "owner asks for a code": (owner.asks_for_a_code, 5),
    "owner presses a key": (owner.presses_a_key, 3),
    "owner sets the clock": (owner.sets_the_clock, 4),
    "owner sets it by codes": (owner.sets_it_by_codes, 2),
    "owner limits the clock": (owner.limits_the_clock, 1),
    "owner sets a PIN": (owner.sets_a_pin, 5),
    "owner sets a passphrase": (owner.sets_a_passphrase, 2),
    "owner takes a lock away": (owner.takes_a_lock_away, 3),
    "owner sets when it locks": (owner.sets_when_it_locks, 2),
    "owner types otherwise": (owner.types_otherwise, 2),
    "owner backs up": (owner.backs_up, 2),
    "owner wipes and restores": (owner.wipes_and_restores, 1),
    "owner finds it locked": (owner.finds_it_locked, 2),
    "owner clones": (spare.clones, 2),
    "owner updates": (updates.updates, 1),
    "owner gives an end": (lending.lends, 4),
    "owner lends by a file": (lending.lends_by_file, 2),
    "holder turns the clock back": (lending.turns_the_clock_back, 2),
    "another computer": (computers.another_computer, 5),
    "a KVM switches": (computers.kvm_switches, 3),
    "program asks for everything": (attackers.asks_for_everything, 3),
    "program swaps a request": (attackers.swaps_a_request, 4),
    "program adds accounts": (attackers.adds_accounts, 1),
    "program moves the clock": (attackers.moves_the_clock, 3),
    "program floods the port": (attackers.floods_the_port, 2),
    "program asks a locked key": (attackers.asks_a_locked_key, 2),
    "thief guesses the PIN": (attackers.guesses_the_pin, 4),
    "thief reads the flash": (attackers.reads_the_flash, 4),
    **NATURE,
}


@dataclass(frozen=True)
class Event:
    """One event of the life of `seed`, after so many `days`, in which the key `stays` in its socket or not.

    `cut` may end it, and something may happen `beside` it.
    """

    seed: int
    number: int
    name: str
    days: float = 0.0
    stays: bool = False
    cut: PowerCut | None = None
    beside: Beside | None = None

    def play(self, world: World) -> None:
        world.begin_event(random.Random(f"{self.seed}/{self.number}"))
        if self.days:
            nature.days_pass(world, self.days, self.stays)
            world.begin_event(world.dice)
        if self.cut:
            world.arm(self.cut)
        if self.beside:
            world.arm_beside(self.beside)
        ACTS[self.name][0](world)

    def __str__(self) -> str:
        waited = f"{self.days:.1f} days later, " if self.days else ""
        return f"{self.number:6} {waited}{self.name}"


@functools.lru_cache(maxsize=8)
def habits(seed: int) -> Habits:
    """How the key of this life is made, and used."""
    return habits_of(seed, ACTS, besides.ACTS)


def plan(seed: int, years: float) -> list[Event]:
    """All events of a life."""
    dice = random.Random(seed)
    events, passed = [Event(seed, 0, "owner adds"), Event(seed, 1, "owner adds")], 0.0
    while passed < years * YEAR:
        event = _drawn(dice, habits(seed), seed, len(events))
        events.append(event)
        passed += event.days
    return events


def _drawn(dice: random.Random, ways: Habits, seed: int, number: int) -> Event:
    """An event a while after the one before it: mostly a sitting at which its owner signs in."""
    sittings, others = ways.codes / ways.sitting, ways.others / 7
    days = dice.expovariate(sittings + others)
    if dice.random() < _LONG:
        days += dice.uniform(30, _LONGEST)
    name = SIGNS_IN if dice.random() < sittings / (sittings + others) else _other(dice, ways)
    stays = days < 8 and dice.random() < ways.stays
    cut = besides.cut(dice) if dice.random() < ways.cut else None
    often = ways.beside if name == SIGNS_IN else min(_RARER * ways.beside, _MOSTLY)
    beside = besides.drawn(dice, ways.besides, name == SIGNS_IN) if dice.random() < often else None
    return Event(seed, number, name, days, stays, cut, beside)


def _other(dice: random.Random, ways: Habits) -> str:
    weights = [weight * ways.weights.get(name, 1) for name, (_, weight) in ACTS.items()]
    (name,) = dice.choices(list(ACTS), weights)
    return name
