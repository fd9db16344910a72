"""Steps that a key on the chip has taken before, from the very same state, are not walked again.

A run of the chip repeats to the cycle, so what a step comes to follows from where it began. `remembered`
keeps a snapshot of the end for each beginning, which it knows by the digest of all there is: memories,
registers, flash, clocks, the computer. A test that starts from a state that no test of this process has had
walks, and so does one that watches the key by means of its own. What passed in the step is replayed to those
who watch all streams, as the search for leaked secrets does.
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

#: How many ends are kept. Each takes as much as a board's flash and RAM.
_KEPT = 60

#: Where classes and functions of a key's own come from. What comes from elsewhere is a test's, which would
#: look at its object and not at the copy.
_OWN = (
    *("totpkey", "totpkey_protocol", "totpkey_virtual", "rp2040py"),
    *("builtins", "collections", "itertools", "random", "datetime", "enum", "_ctypes"),
)


class Foreign(TypeError):
    """Something of a test's own is in the state."""


@dataclass
class _End:
    """The state after a step, and the traffic during it: number and channel of the stream, and the data."""

    snapshot: Snapshot[Any]
    passed: list[tuple[int, Channel, bytes]]

    def replay(self) -> None:
        streams: dict[int, Stream] = {}
        for number, channel, data in self.passed:
            streams.setdefault(number, Stream(channel)).notify(data)


_ends: OrderedDict[tuple[object, ...], _End] = OrderedDict()


def remembered(step: Step[P]) -> Step[P]:
    """A method of a desk that takes its key from one state to another, and returns nothing."""

    @functools.wraps(step)
    def take(desk: Any, /, *arguments: P.args, **named: P.kwargs) -> None:
        if isinstance(desk.key, SimulatedKey):
            step(desk, *arguments, **named)
            return
        try:
            begin = Snapshot(*_things(desk), check=_check)
        except TypeError:
            step(desk, *arguments, **named)
            return
        place = (step.__qualname__, pickle.dumps((arguments, named)), begin.digest)
        end = _ends.get(place)
        if end:
            end.replay()
        else:
            end = _ends[place] = _walk(desk, lambda: step(desk, *arguments, **named))
        _ends.move_to_end(place)
        # Also where it was walked: what comes next begins as it does for those who come here later.
        end.snapshot.put_back(*_things(desk))

    return take


def _walk(desk: Any, step: Callable[[], None]) -> _End:
    passed: list[tuple[int, Channel, bytes]] = []
    with watch_traffic(lambda stream, data: passed.append((stream.number, stream.channel, data))):
        step()
    if len(_ends) >= _KEPT:
        _ends.popitem(last=False)
    return _End(Snapshot(*_things(desk), check=_check), passed)


def _things(desk: Any) -> tuple[Any, ...]:
    """What a test may hold, and so has to stay the same object."""
    key = desk.key
    return desk, key, desk.computer, desk.computer.keys, key.usb, key.clock


def _check(thing: Any) -> None:
    """Raises Foreign."""
    kind = thing if isinstance(thing, type) else type(thing)
    if isinstance(thing, FunctionType):
        module = thing.__module__
    elif isinstance(thing, BuiltinMethodType) and not isinstance(thing.__self__, ModuleType | type | None):
        raise Foreign(f"a method of {type(thing.__self__)}")
    else:
        module = kind.__module__
    if module.partition(".")[0] not in _OWN:
        raise Foreign(f"{thing!r} of {module}")
