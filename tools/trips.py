"""Trace two trips through a simulated key: an account that is added, and a press that types its code.

Prints which modules of the key run, how often control passes from one module to another, and which modules
hold the secret. A module runs *for the trip* if it runs a function that an idle key does not run. It *holds
the secret* if one of its functions has it in a variable, or in an object that one of its variables names.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType

if __name__ == "__main__":
    # So that `tests` is found.
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.desk import AMAZON, Desk
from tests.support.keys import simulated
from totpkey_protocol import limits

_FIRMWARE, _PROTOCOL = "totpkey_firmware", "totpkey_protocol"
#: How long an idle key is watched, in s: long enough for each step of the light and for the next code.
_IDLE = 5.0
#: How long the button is down, and the key is watched after that, in s.
_AFTER = 0.2
#: How deep containers are searched for the secret.
_DEPTH = 3


@dataclass
class Trip:
    """What ran while a key was watched."""

    #: The functions that ran, each with its module.
    functions: dict[CodeType, str] = field(default_factory=dict)
    #: For each round of the loop its calls: the function, its caller's module, its own.
    rounds: list[list[tuple[CodeType, str, str]]] = field(default_factory=lambda: [[]])
    #: The modules that held the secret.
    holders: set[str] = field(default_factory=set)

    @property
    def modules(self) -> set[str]:
        return set(self.functions.values())


class Tracer:
    """Watches the firmware of keys that are plugged in from now on, until it is closed."""

    def __init__(self, secret: bytes) -> None:
        self._secrets = (secret, secret.hex().encode())
        self._trip: Trip | None = None
        self._after: tuple[Callable[[], bool], Trip] | None = None
        threading.setprofile(self._profile)

    def close(self) -> None:
        threading.setprofile(None)

    def watch(self, go: Callable[[], object], ended: Callable[[], bool] = lambda: False) -> tuple[Trip, Trip]:
        """Return what runs meanwhile: before a trip has `ended`, and after it."""
        trip, after = Trip(), Trip()
        self._trip, self._after = trip, (ended, after)
        try:
            go()
        finally:
            self._trip = self._after = None
        return trip, after

    def _profile(self, frame: FrameType, event: str, _argument: object) -> None:
        module = _module(frame)
        if self._trip is None or not module or event not in ("call", "return"):
            return
        if self._after and self._after[0]():
            self._trip, self._after = self._after[1], None
        trip = self._trip
        if event == "call":
            code = frame.f_code
            if (module, code.co_name) == ("loop", "turn"):
                trip.rounds.append([])
            trip.functions[code] = module
            trip.rounds[-1].append((code, _caller(frame), module))
        if module not in trip.holders and any(map(self._holds, frame.f_locals.values())):
            trip.holders.add(module)

    def _holds(self, value: object) -> bool:
        attributes = vars(value) if _is_of_key(value) else None
        return self._contains(value, _DEPTH) or self._contains(attributes, _DEPTH)

    def _contains(self, value: object, depth: int) -> bool:
        if isinstance(value, bytes | bytearray | memoryview):
            return any(secret in bytes(value) for secret in self._secrets)
        if isinstance(value, str):
            return self._contains(value.encode(), depth)
        if isinstance(value, dict):
            value = list(value.values())
        if not depth or not isinstance(value, list | tuple):
            return False
        return any(self._contains(each, depth - 1) for each in value)


def _module(frame: FrameType) -> str:
    """Return the frame's module, without the firmware's package; "" if the key does not run it."""
    name = str(frame.f_globals.get("__name__", ""))
    # The simulator gives the key its own built-in functions, and this process has some of the modules, too.
    on_key = "__loop__" in dict(frame.f_builtins)
    if not on_key or name.partition(".")[0] not in (_FIRMWARE, _PROTOCOL):
        return ""
    return name.removeprefix(_FIRMWARE + ".")


def _caller(frame: FrameType) -> str:
    caller = frame.f_back
    while caller is not None and not _module(caller):
        caller = caller.f_back
    return _module(caller) if caller is not None else ""


def _is_of_key(value: object) -> bool:
    return hasattr(value, "__dict__") and type(value).__module__.startswith((_FIRMWARE, _PROTOCOL))


@dataclass(frozen=True)
class Traced:
    """A trip, and what the same key does while nothing happens."""

    name: str
    trip: Trip
    idle: Trip

    @property
    def modules(self) -> set[str]:
        """The modules that run for this trip."""
        return {module for code, module in self.trip.functions.items() if code not in self.idle.functions}

    @property
    def holders(self) -> set[str]:
        """The modules that hold the secret, without those of the protocol, which the computer has as well."""
        return {module for module in self.trip.holders if not module.startswith(_PROTOCOL)}

    @property
    def changes(self) -> int:
        """The calls from one module into another, in rounds of the loop that an idle key does not have."""
        known = self.idle.functions
        rounds = [calls for calls in self.trip.rounds if any(code not in known for code, _, _ in calls)]
        return sum(caller != called for calls in rounds for _, caller, called in calls)

    def lines(self) -> Iterator[str]:
        yield (
            f"{self.name}: {len(self.trip.modules)} modules, {len(self.modules)} of them for the trip;"
            f" {self.changes} changes of module; {len(self.holders)} hold the secret"
        )
        for module in sorted(self.trip.modules):
            marks = ["for the trip"] * (module in self.modules) + ["secret"] * (module in self.holders)
            yield f"  {module:28}{', '.join(marks)}".rstrip()


def trace() -> tuple[Traced, Traced, Traced]:
    """Return the trips of an `add` that needs no touch and of a press until its last report, and what the key
    does after that.
    """
    tracer = Tracer(AMAZON.secret)
    try:
        desk = simulated()
        with desk.until_done(desk.first_set_up()) as client:
            idle, _ = tracer.watch(lambda: desk.key.run(_IDLE))
            added = Traced("add", tracer.watch(lambda: client.add(AMAZON))[0], idle)
        desk.away_from_the_boundary(AMAZON, _IDLE + limits.MARGIN + 2)
        idle, _ = tracer.watch(lambda: desk.key.run(_IDLE))
        code, reports = desk.code(AMAZON), desk.key.usb.reports
        trips = tracer.watch(
            lambda: _press(desk), lambda: desk.computer.text == code and not any(reports[-1].data)
        )
        if desk.computer.text != code:
            raise RuntimeError("the press typed something else")
        pressed, noted = (Traced(*named, idle) for named in zip(("press", "after it"), trips, strict=True))
    finally:
        tracer.close()
    return added, pressed, noted


def _press(desk: Desk) -> None:
    desk.key.set_button(True)
    desk.key.run(_AFTER)
    desk.key.set_button(False)
    desk.key.run(_AFTER)


def main() -> None:
    for traced in trace():
        print("\n".join(traced.lines()), end="\n\n")


if __name__ == "__main__":
    main()
