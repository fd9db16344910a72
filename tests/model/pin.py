"""A model of a key's PIN: what opens the vault, what closes it, and what destroys the PIN.

It was written from docs/guide/pin.md, not from the firmware. The key is in setup, and the PIN is entered with
the button, which takes 9 to 12 s in all: more than eight, less than sixteen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.model.explore import Event, Said

_TRIES, _A_POWER_UP = 8, 3
#: Which entry after the last try is taken, by the number of wrong ones. The fourth try waits for 2 s, and
#: each further one twice as long, up to 32 s.
_ENTRIES = {0: 1, 1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 2, 7: 4}
_LONG = max(_ENTRIES.values())

OPEN, LOCKED, BLOCKED = "open", "locked", "blocked"


@dataclass(frozen=True)
class State:
    """`wrong` and `here`: wrong tries in all, and since the key has power. `entries`: since the last try."""

    open: bool = True
    wrong: int = 0
    here: int = 0
    entries: int = 0


def begin() -> State:
    """A key whose PIN was just set."""
    return State()


def events(state: State) -> Iterator[Event]:
    """What can happen."""
    yield ("replug",)
    yield ("wait",)
    if state.open:
        yield ("lock",)
    elif state.wrong < _TRIES:
        yield ("right",)
        yield ("wrong",)


def step(state: State, event: Event) -> tuple[State, tuple[Said, ...]]:
    """The state after an event, and what the key says of itself then."""
    after = _after(state, event)
    return after, (("state", seen(after)), ("tries", str(_TRIES - after.wrong)))


def seen(state: State) -> str:
    if state.open:
        return OPEN
    return BLOCKED if state.wrong == _TRIES else LOCKED


def _after(state: State, event: Event) -> State:
    if event == ("replug",):
        return replace(state, open=False, here=0, entries=0)
    if event == ("wait",):
        return replace(state, entries=_LONG)
    if event == ("lock",):
        return replace(state, open=False)
    entries = min(_LONG, state.entries + 1)
    if state.here == _A_POWER_UP or entries < _ENTRIES[state.wrong]:
        return replace(state, entries=entries)
    if event == ("right",):
        return State(open=True)
    return replace(state, wrong=state.wrong + 1, here=state.here + 1, entries=0)
