"""Plays a life: event after event, with every invariant checked."""

from __future__ import annotations

import os
import random
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from tests.leaks.recorder import Recorder
from tests.life.events import YEAR, Event, habits
from tests.life.expected import Broken, State, require
from tests.life.habits import USUAL
from tests.life.signing import is_explained
from tests.life.world import POWERLESS, NoPower, World
from totpkey.errors import KeyRefused
from totpkey_protocol import errors
from totpkey_virtual.traffic import watch_traffic

#: How many events are told of a life that fails; and after how many what left the key is searched, since each
#: search looks for every secret of the life.
LAST, _SEARCHED = 100, 10


@dataclass
class Outcome:
    """How a life went: how much of it was played, and what broke, if anything."""

    events: int = 0
    years: float = 0.0
    cuts: int = 0
    #: How many codes were typed or told; how often each event happened, with what beside it ("": nothing).
    codes: int = 0
    met: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    broken: Broken | None = None
    story: deque[str] = field(default_factory=lambda: deque[str](maxlen=LAST))


@contextmanager
def same_each_time() -> Iterator[None]:
    """Let the computer's own random numbers repeat, too: session keys, and where request ids begin."""
    with mock.patch.object(os, "urandom", random.Random(0).randbytes):
        yield


class Life:
    """A world whose events are played one by one."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.outcome = Outcome()
        self._recorder = Recorder()

    def play(self, events: Sequence[Event]) -> Outcome:
        """Play `events` until one breaks an invariant."""
        with same_each_time(), watch_traffic(self._recorder.watch):
            try:
                for event in events:
                    self._play(event)
                self._look_for_leaks()
            except Broken as broken:
                self.outcome.broken = broken
            finally:
                if self.world.key.plugged:
                    self.world.key.unplug()
        return self.outcome

    def _play(self, event: Event) -> None:
        world = self.world
        try:
            before = list(world.expected.possible)
            self._do(event)
            self._listen(before)
            world.look_for_faults()
            if not self.outcome.events % _SEARCHED:
                self._look_for_leaks()
        finally:
            end = " and the power was cut" if world.was_cut else ""
            end += f" beside {world.shaken}" if world.shaken else ""
            self.outcome.story.append(f"{event}: {', '.join(world.said) or 'nothing'}{end}")
        self.outcome.met[event.name, world.shaken or ("a cut" if world.was_cut else "")] += 1
        self.outcome.cuts += world.was_cut
        if world.was_shaken:
            world.after_shock(before)
            self._explain(before)
        world.disarm()
        world.expected.refuse()
        self._hand_over()
        self.outcome.codes += world.given.count
        world.given.count = 0
        self.outcome.events += 1
        self.outcome.years += event.days / YEAR

    def _hand_over(self) -> None:
        """The owner uses their second key from now on."""
        if heir := self.world.heir:
            self.world.heir, self.world = None, heir

    def _listen(self, before: list[State]) -> None:
        """Events have listened to what they typed. One that was cut may leave the beginning of a code."""
        if self.world.was_shaken:
            self.world.expected.interrupt()
            self._explain(before)
        else:
            self.world.listen()

    def _explain(self, before: list[State]) -> None:
        """All that the event typed are right codes, of which one may have broken off."""
        text, later = self.world.typed_in_event()
        states = [*before, *self.world.expected.possible]
        for each in (text, later):
            require(is_explained(self.world, states, each), "Whole", f"an interrupted event typed {each!r}")

    def _do(self, event: Event) -> None:
        """Whatever goes wrong in an event that was cut, or beside which something happened, is its doing."""
        world = self.world
        try:
            event.play(world)
        except Broken:
            if not world.was_shaken:
                raise
        except NoPower:
            pass
        except POWERLESS as error:
            if not world.was_shaken:
                self._judge(error)

    def _judge(self, error: Exception) -> None:
        if isinstance(error, KeyRefused) and error.code == errors.BUSY:
            spent = self.world.spare_is_spent or self.world.gestures.are_spent(self.world.key.true_time)
            require(spent, "A way back", "the key is busy, though it has gestures to ask for")
            self.world.say("all gestures were taken")
            self.world.unplug()
            return
        rule = "Agreed" if isinstance(error, AssertionError) else "A way back"
        code = error.code if isinstance(error, KeyRefused) else ""
        raise Broken(rule, f"{type(error).__name__} {code} {error}") from error

    def _look_for_leaks(self) -> None:
        expected = self.world.expected
        for secret, kind in expected.secrets.items():
            self._recorder.known.add(secret, kind)
        for pin in expected.pins:
            self._recorder.known.add_pin(pin)
        leaks = self._recorder.search()
        if leaks:
            raise Broken("Secret", "; ".join(map(str, leaks)))


def play(events: Sequence[Event], drive: Path) -> Outcome:
    """Play a life from its beginning."""
    return Life(World(drive, habits=habits(events[0].seed) if events else USUAL)).play(events)
