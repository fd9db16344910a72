"""A model of consent: what a key in setup does with requests and touches, by docs/concepts/consent.md alone.

It was written from the document, not from the firmware. Time passes in units of 4.1 s, so that no rule of the
document ends within an event. Two programs have the port in turn; a person touches the button.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

#: A unit of time, in s. No limit of the document is a whole number of these.
UNIT = 4.1
#: In units, rounded up: how long a request waits, how long the button is dead after one that ended, and after
#: how long without a request what a touch allowed ends.
_WAITS, _CALM, _IDLE = 8, 3, 15
#: So many gestures a key may give within two minutes without running out of those that nobody confuses.
GESTURES = 4
#: In units: a minute without a request; two minutes, after which each gesture may be given again.
_MINUTE, _TWO_MINUTES = 16, 30

USE, SMALL, CHANGE, ACCESS, EVERYTHING = "use", "small", "change", "access", "everything"
#: Each request by its name, with its class. A small one is a change that an earlier touch may have allowed.
REQUESTS = {USE: USE, SMALL: CHANGE, CHANGE: CHANGE, ACCESS: ACCESS, EVERYTHING: EVERYTHING}
PROGRAMS = ("A", "B")
#: How many units the gesture of a class takes.
_GESTURE = {USE: 1, CHANGE: 2, ACCESS: 2, EVERYTHING: 2}

#: What the key says to a request: it wants a touch, it has done it, or why it did not.
TOUCH, OK, BUSY, NO_SESSION, NOT_AGREED, TIMEOUT = (
    *("touch", "ok", "busy", "no_session"),
    *("not_agreed", "press_timeout"),
)
#: One thing that the key says: to which request, and what. A touch names the class.
Said = tuple[str, str]
#: What happens: its name, and what it is about.
Event = tuple[str, ...]


@dataclass(frozen=True)
class State:
    """Between two events. `waits`: the request that waits for its touch; "" if none does."""

    session: str = ""
    waits: str = ""
    #: For how many units it has waited; how many have passed since a request ended without its touch, and
    #: since the last request.
    waited: int = 0
    calm: int = _CALM
    quiet: int = 0
    #: Whether the calm also refuses requests that want a touch.
    refuses: bool = False
    #: What an earlier touch allows for longer: small changes; all secrets.
    changes: bool = False
    export: bool = False
    gestures: int = 0


def begin() -> State:
    """A key that nobody has asked for anything."""
    return State()


def events(state: State) -> Iterator[Event]:
    """What can happen, as far as the model says what the key does then."""
    for program in PROGRAMS:
        yield ("session", program)
        for request in REQUESTS:
            if not _needs_gesture(state, program, request) or state.gestures < GESTURES:
                yield ("ask", program, request)
    yield ("read",)
    yield ("reopen",)
    # With nothing to touch for, a press types a code, which is another model's.
    if state.waits or _is_dead(state):
        # A gesture that begins when the request is about to end may come too late.
        if not state.waits or state.waited < _WAITS - 1:
            yield ("right",)
        yield ("wrong",)
        yield ("hold",)
    for units in (1, 3, _MINUTE, _TWO_MINUTES):
        yield ("wait", str(units))


def units(state: State, event: Event) -> int:
    """How long an event takes."""
    if event[0] == "wait":
        return int(event[1])
    return _GESTURE[REQUESTS[state.waits]] if event == ("right",) and state.waits else 1


def _needs_gesture(state: State, program: str, request: str) -> bool:
    return program == state.session and not state.waits and not _is_allowed(state, request)


def _is_allowed(state: State, request: str) -> bool:
    return (request == SMALL and state.changes) or (request == EVERYTHING and state.export)


def _is_dead(state: State) -> bool:
    return state.calm < _CALM


def step(state: State, event: Event) -> tuple[State, tuple[Said, ...]]:
    """The state after an event, and what the key says within it."""
    after, said = _AFTER[event[0]](state, *event[1:])
    after, late = _pass(after, units(state, event))
    return after, (*said, *late)


def _ended(state: State, why: str) -> tuple[State, tuple[Said, ...]]:
    """The request that waits ends without its touch."""
    if not state.waits:
        return state, ()
    after = replace(state, waits="", waited=0, calm=0, refuses=why == NOT_AGREED)
    return after, ((state.waits, why),)


def _session(state: State, program: str) -> tuple[State, tuple[Said, ...]]:
    after, said = _ended(state, NO_SESSION)
    after = replace(after, session=program, changes=False, export=False, quiet=0)
    return after, (*said, ("session", OK))


def _ask(state: State, program: str, request: str) -> tuple[State, tuple[Said, ...]]:
    if program != state.session:
        return state, ((request, NO_SESSION),)
    state = replace(state, quiet=0)
    if state.waits:
        after, said = _ended(state, BUSY)
        return after, (*said, (request, BUSY))
    if _is_allowed(state, request):
        return state, ((request, OK),)
    if state.refuses:
        return state, ((request, BUSY),)
    after = replace(state, waits=request, waited=0, gestures=state.gestures + (request != USE))
    return after, ((request, TOUCH),)


def _read(state: State) -> tuple[State, tuple[Said, ...]]:
    return replace(state, quiet=0), (("read", OK),)


def _reopen(state: State) -> tuple[State, tuple[Said, ...]]:
    """The program closes the port, and another opens it. A new session is told what became of the request."""
    after, _ = _ended(state, BUSY)
    return replace(after, session="", changes=False, export=False), ()


def _right(state: State) -> tuple[State, tuple[Said, ...]]:
    """The gesture that was shown; a press, if nothing waits."""
    if not state.waits:
        return state, ()
    request = state.waits
    # The key takes the gesture like a request, right before the last unit of this event.
    after = replace(state, waits="", waited=0, quiet=1 - _GESTURE[REQUESTS[request]])
    if REQUESTS[request] == CHANGE:
        after = replace(after, changes=True)
    if request == EVERYTHING:
        after = replace(after, export=True)
    return after, ((request, OK),)


def _not_right(state: State) -> tuple[State, tuple[Said, ...]]:
    return _ended(state, NOT_AGREED)


def _wait(state: State, units: str) -> tuple[State, tuple[Said, ...]]:
    return state, ()


_AFTER: dict[str, Callable[..., tuple[State, tuple[Said, ...]]]] = {
    "session": _session,
    "ask": _ask,
    "read": _read,
    "reopen": _reopen,
    "right": _right,
    "wrong": _not_right,
    "hold": _not_right,
    "wait": _wait,
}


def _pass(state: State, units: int) -> tuple[State, tuple[Said, ...]]:
    """Let time pass. What waits may end, and so may what was allowed."""
    said: tuple[Said, ...] = ()
    calm = min(_CALM, state.calm + units)
    quiet = min(_IDLE, state.quiet + units)
    if state.waits and state.waited + units >= _WAITS:
        since = state.waited + units - _WAITS
        state, said = _ended(state, TIMEOUT)
        calm = min(_CALM, since)
    elif state.waits:
        state = replace(state, waited=state.waited + units)
    if quiet >= _IDLE:
        state = replace(state, changes=False, export=False)
    return replace(
        state,
        calm=calm,
        quiet=quiet,
        refuses=state.refuses and calm < _CALM,
        gestures=0 if units >= _TWO_MINUTES else state.gestures,
    ), said
