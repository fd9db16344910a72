"""All states that a model can reach."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

S = TypeVar("S", bound=Hashable)
Event = tuple[str, ...]
Said = tuple[str, str]


@dataclass(frozen=True)
class Model(Generic[S]):
    """`step` gives the next state, and what the key says."""

    begin: S
    events: Callable[[S], Iterable[Event]]
    step: Callable[[S, Event], tuple[S, tuple[Said, ...]]]


@dataclass(frozen=True)
class Step(Generic[S]):
    """One event between two states."""

    before: S
    event: Event
    after: S
    said: tuple[Said, ...]


def every_step(model: Model[S]) -> Iterator[Step[S]]:
    """All steps between all states, breadth first."""
    seen, waiting = {model.begin}, deque([model.begin])
    while waiting:
        before = waiting.popleft()
        for event in model.events(before):
            after, said = model.step(before, event)
            yield Step(before, event, after, said)
            if after not in seen:
                seen.add(after)
                waiting.append(after)
