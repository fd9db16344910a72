"""Sets a key's clock to the host's, so that both seconds begin together. It compensates for the delay."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from totpkey.clock import host_clock
from totpkey.link.client import KeyClient
from totpkey.system import times

#: A key that is further off than this after setting, in seconds, is set again; at last an error says so.
GOAL = 0.05
_TRIES = 3
#: The error of a setting if the computer was too busy to begin it on the second, in ms.
_INEXACT = 1000


@dataclass(frozen=True)
class Offset:
    """How far a key's clock is ahead of the host's (negative: behind), and the error of that figure."""

    seconds: float
    uncertainty: float


def measure(client: KeyClient, now: Callable[[], float] = times.now) -> Offset:
    """The offset, from the quickest of three questions (as in RFC 5905 section 8). Raises KeyRefused."""
    return min((_ask(client, now) for _ in range(_TRIES)), key=lambda offset: offset.uncertainty)


def _ask(client: KeyClient, now: Callable[[], float]) -> Offset:
    asked = now()
    answer = client.time()
    answered = now()
    return Offset(answer.seconds - (asked + answered) / 2, (answered - asked) / 2)


def one_way_delay(client: KeyClient, now: Callable[[], float] = times.now) -> float:
    """How long a request takes to reach the key, in seconds: half the quickest of three round trips."""
    return min(_round_trip(client, now) for _ in range(_TRIES)) / 2


def _round_trip(client: KeyClient, now: Callable[[], float]) -> float:
    asked = now()
    client.hello()
    return now() - asked


def synchronise(
    client: KeyClient,
    now: Callable[[], float] = times.now,
    wait: Callable[[float], None] = times.wait,
) -> Offset:
    """Set the key's clock to the host's, and return the remaining offset.

    `now` gives Unix time; `wait` waits for seconds. The key asks for its gesture if it learns from this how
    its clock drifts, or if its drift does not explain the new time. Raises HostClockWrong, KeyRefused.
    """
    host_clock.require_plausible(now())
    error = host_clock.error()
    for tries_left in reversed(range(_TRIES)):
        # A computer that misses the second every time is not exact.
        _set_on_the_second(client, now, wait, error if tries_left else max(error, _INEXACT))
        left = measure(client, now)
        if abs(left.seconds) <= GOAL:
            break
    return left


def _set_on_the_second(
    client: KeyClient, now: Callable[[], float], wait: Callable[[float], None], error: int
) -> None:
    delay = one_way_delay(client, now)

    def next_second() -> int:
        second = math.floor(now() + delay) + 1
        wait(max(second - delay - now(), 0))
        return second

    client.set_time(next_second, error)
