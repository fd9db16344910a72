"""Cache the steps that a key on the chip has taken from the same state before.

A run of the chip is exactly reproducible, so a step's result depends only on the state in which it begins.
`remembered` keeps a snapshot of the result for each initial state, identified by the digest of everything:
memories, registers, flash, clocks and the computer. The step runs if no test in this process has reached that
state, or if the test observes the key with an object of its own. The traffic of a cached step is replayed to
everything that watches all streams, such as the search for leaked secrets.
"""

from __future__ import annotations

import functools
import pickle
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from types import BuiltinMethodType, FunctionType, ModuleType
from typing import Any, Concatenate, ParamSpec

from totpkey_virtual.simulator import SimulatedKey
from totpkey_virtual.snapshot import Snapshot
from totpkey_virtual.traffic import Channel, Stream, watch_traffic

P = ParamSpec("P")
Step = Callable[Concatenate[Any, P], None]

#: How many snapshots are kept. Each takes as much memory as a board's flash and RAM.
_KEPT = 60

#: The modules of the key's own classes and functions. Objects from elsewhere belong to a test, which would
#: look at its original and not at the copy.
_OWN = (
    *("totpkey", "totpkey_protocol", "totpkey_virtual", "rp2040py"),
    *("builtins", "collections", "itertools", "random", "datetime", "enum", "_ctypes"),
)


class Foreign(TypeError):
    """The state contains an object that belongs to a test."""


@dataclass
class _StepResult:
    """The state after a step, and the traffic during it: stream number, channel and data."""

    snapshot: Snapshot[Any]
    traffic: list[tuple[int, Channel, bytes]]

    def replay(self) -> None:
        streams: dict[int, Stream] = {}
        for number, channel, data in self.traffic:
            streams.setdefault(number, Stream(channel)).notify(data)


_results: OrderedDict[tuple[object, ...], _StepResult] = OrderedDict()


def remembered(step: Step[P]) -> Step[P]:
    """Cache a method of a desk that takes its key from one state to another and returns nothing."""

    @functools.wraps(step)
    def take(desk: Any, /, *arguments: P.args, **named: P.kwargs) -> None:
        if isinstance(desk.key, SimulatedKey):
            step(desk, *arguments, **named)
            return
        try:
            before = Snapshot(*_objects(desk), check=_check)
        except TypeError:
            step(desk, *arguments, **named)
            return
        key = (step.__qualname__, pickle.dumps((arguments, named)), before.digest)
        result = _results.get(key)
        if result:
            result.replay()
        else:
            result = _results[key] = _record(desk, lambda: step(desk, *arguments, **named))
        _results.move_to_end(key)
        # Restore the snapshot even after a real run, so that later tests begin in exactly the same state.
        result.snapshot.put_back(*_objects(desk))

    return take


def _record(desk: Any, step: Callable[[], None]) -> _StepResult:
    traffic: list[tuple[int, Channel, bytes]] = []
    with watch_traffic(lambda stream, data: traffic.append((stream.number, stream.channel, data))):
        step()
    if len(_results) >= _KEPT:
        _results.popitem(last=False)
    return _StepResult(Snapshot(*_objects(desk), check=_check), traffic)


def _objects(desk: Any) -> tuple[Any, ...]:
    """Return the objects that a test may refer to, which must keep their identity."""
    key = desk.key
    return desk, key, desk.computer, desk.computer.keys, key.usb, key.clock


def _check(thing: Any) -> None:
    """Raise Foreign if the object belongs to a test."""
    kind = thing if isinstance(thing, type) else type(thing)
    if isinstance(thing, FunctionType):
        module = thing.__module__
    elif isinstance(thing, BuiltinMethodType) and not isinstance(thing.__self__, ModuleType | type | None):
        raise Foreign(f"a method of {type(thing.__self__)}")
    else:
        module = kind.__module__
    if module.partition(".")[0] not in _OWN:
        raise Foreign(f"{thing!r} of {module}")
