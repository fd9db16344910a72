"""Shrinks a life that fails to a short one that fails alike: delta debugging over its events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tests.life.events import Event

#: Whether these events still break the invariant.
Fails = Callable[[Sequence[Event]], bool]


def shrunk(events: Sequence[Event], fails: Fails) -> list[Event]:
    """The shortest life that was found by leaving events out, and then what disturbs them."""
    return undisturbed(without_events(list(events), fails), fails)


def without_events(events: list[Event], fails: Fails) -> list[Event]:
    """Leave out runs of events, first half of them, at last one by one."""
    size = max(1, len(events) // 2)
    while size:
        events = _without_runs(events, size, fails)
        size //= 2
    return events


def _without_runs(events: list[Event], size: int, fails: Fails) -> list[Event]:
    """From the end, since the last event is the one that fails."""
    at = len(events) - 1 - size
    while at > -size:
        less = events[: max(at, 0)] + events[max(at, 0) + size if at >= 0 else at + size :]
        if fails(less):
            events = less
        at -= size
    return events


def undisturbed(events: list[Event], fails: Fails) -> list[Event]:
    for at, event in enumerate(events):
        less = [*events[:at], replace(event, cut=None, beside=None), *events[at + 1 :]]
        if (event.cut or event.beside) and fails(less):
            events = less
    return events
