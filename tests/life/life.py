"""Plays a life: event after event, with every invariant checked."""

from __future__ import annotations

import os
import random
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from tests.leaks.recorder import Recorder
from tests.life.events import YEAR, Event, has_element
from tests.life.failure import Broken
from tests.life.signing import is_beginning
from tests.life.world import POWERLESS, NoPower, World
from totpkey.errors import KeyRefused
from totpkey_protocol import errors
from totpkey_virtual.snapshot import Snapshot
from totpkey_virtual.traffic import watch_traffic

#: How many events are told of a life that fails, and after how many a life is saved.
LAST, SAVED = 100, 200


@dataclass
class Outcome:
    """How a life went: how much of it was played, and what broke, if anything."""

    events: int = 0
    years: float = 0.0
    cuts: int = 0
    broken: Broken | None = None
    story: deque[str] = field(default_factory=lambda: deque[str](maxlen=LAST))
    #: The state before the last 200 events at most, and the number of events until then.
    saved: tuple[int, Snapshot[World]] | None = None


@contextmanager
def same_each_time() -> Iterator[None]:
    """Let the computer's own random numbers repeat, too: session keys, and where request ids begin."""
    with mock.patch.object(os, "urandom", random.Random(0).randbytes):
        yield


class Life:
    """A world whose events are played one by one."""

    def __init__(self, world: World, save: bool = False) -> None:
        self.world = world
        self.outcome = Outcome()
        self._recorder = Recorder()
        self._save = save

    def play(self, events: Sequence[Event]) -> Outcome:
        """Play `events` until one breaks an invariant."""
        with same_each_time(), watch_traffic(self._recorder.watch):
            try:
                for event in events:
                    self._play(event)
                    if self._save and self.outcome.events % SAVED == 0:
                        self._keep()
            except Broken as broken:
                self.outcome.broken = broken
            finally:
                if self.world.key.plugged:
                    self.world.key.unplug()
        return self.outcome

    def _play(self, event: Event) -> None:
        world = self.world
        try:
            began = world.key.clock.unix_time
            self._do(event)
            self._listen(began)
            world.look_for_faults()
            self._look_for_leaks()
        finally:
            end = " and the power was cut" if world.was_cut else ""
            self.outcome.story.append(f"{event}: {', '.join(world.said) or 'nothing'}{end}")
        world.disarm()
        if world.was_cut:
            self.outcome.cuts += 1
            world.after_cut()
        world.expected.refuse()
        self._hand_over()
        self.outcome.events += 1
        self.outcome.years += event.days / YEAR

    def _hand_over(self) -> None:
        """The owner uses their second key from now on."""
        if heir := self.world.heir:
            self.world.heir, self.world = None, heir

    def _listen(self, began: float) -> None:
        """Events have listened to what they typed. A cut may leave the beginning of a code."""
        world = self.world
        if world.was_cut:
            world.listen(lambda text: is_beginning(world, text, began))
        else:
            world.listen()

    def _do(self, event: Event) -> None:
        """Whatever goes wrong in an event without power is the cut's doing."""
        world = self.world
        try:
            event.play(world)
        except Broken:
            if not world.was_cut:
                raise
        except NoPower:
            pass
        except POWERLESS as error:
            if not world.was_cut:
                self._judge(error)

    def _judge(self, error: Exception) -> None:
        if isinstance(error, KeyRefused) and error.code in (errors.BUSY, errors.CALM):
            # All gestures are taken for a while.
            self.world.say("the key was busy")
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

    def _keep(self) -> None:
        """Only a key without power can be copied."""
        self.world.unplug()
        self.outcome.saved = self.outcome.events, Snapshot(self.world)


def play(events: Sequence[Event], drive: Path, save: bool = False) -> Outcome:
    """Play a life from its beginning. Some keys have a secure element."""
    world = World(drive, with_element=bool(events) and has_element(events[0].seed))
    return Life(world, save).play(events)
