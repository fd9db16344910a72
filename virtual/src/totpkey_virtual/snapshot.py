"""Snapshots of a key, or of anything that holds keys. Each can be restored any number of times.

    booted = Snapshot(key)
    first, second = booted.restore(), booted.restore()

A restored object shares nothing with the original. A key on the emulated chip can be copied at any time
except during enumeration, which is a Python generator. A simulated key can be copied only while unplugged,
since its firmware runs in a Python thread.
"""

from __future__ import annotations

import importlib
import io
import marshal
import pickle
from collections.abc import Callable
from hashlib import sha256
from types import CellType, CodeType, FunctionType
from typing import Any, Generic, TypeVar

Thing = TypeVar("Thing")
#: Called with each object that goes into a snapshot. Raises TypeError if it must not be copied.
Check = Callable[[Any], None]


class Snapshot(Generic[Thing]):
    """A copy of `thing` and of all it refers to, except modules and what they define."""

    def __init__(self, thing: Thing, *parts: object, check: Check = lambda _thing: None) -> None:
        """`parts`: objects that belong to it and keep their identity when they are put back.

        Raises TypeError for what cannot be copied, such as a thread or an open file.
        """
        things = (thing, *parts)
        self._kinds = [type(each) for each in things]
        frozen = io.BytesIO()
        _Freezer(frozen, things, check).dump([vars(each) for each in things])
        self._frozen = frozen.getvalue()

    def restore(self) -> Thing:
        """A new object that continues from that moment."""
        things: list[Any] = [kind.__new__(kind) for kind in self._kinds]
        self.put_back(*things)
        thing: Thing = things[0]
        return thing

    def put_back(self, *things: object) -> None:
        """Give `things`, the thing and its parts, the state of that moment."""
        for thing, state in zip(things, _Thawer(self._frozen, things).load(), strict=True):
            vars(thing).clear()
            vars(thing).update(state)

    @property
    def digest(self) -> str:
        """Equal only for equal states."""
        return sha256(self._frozen).hexdigest()

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self._frozen)


class _Freezer(pickle.Pickler):
    """A pickler that also takes functions that cannot be found by name: lambdas and nested ones."""

    def __init__(self, file: io.BytesIO, things: tuple[object, ...], check: Check) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._places = {id(thing): place for place, thing in enumerate(things)}
        self._check = check

    def persistent_id(self, thing: object) -> int | None:
        return self._places.get(id(thing))

    def reducer_override(self, thing: Any) -> Any:
        self._check(thing)
        if isinstance(thing, FunctionType) and not _is_found(thing):
            code = marshal.dumps(thing.__code__)
            arguments = (code, thing.__module__, thing.__name__, thing.__closure__)
            return _function, arguments, (thing.__defaults__, thing.__kwdefaults__), None, None, _fill
        if isinstance(thing, CellType):
            # Filled later, because its content may refer to the function.
            return _cell, (), (thing.cell_contents,), None, None, _set_cell
        return NotImplemented


class _Thawer(pickle.Unpickler):
    def __init__(self, frozen: bytes, things: tuple[object, ...]) -> None:
        super().__init__(io.BytesIO(frozen))
        self._things = things

    def persistent_load(self, place: int) -> object:
        return self._things[place]


def _is_found(function: FunctionType) -> bool:
    """Whether its module has it under its name."""
    found: Any = importlib.import_module(function.__module__)
    for name in function.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is function


def _function(code: bytes, module: str, name: str, cells: tuple[CellType, ...] | None) -> Callable[..., Any]:
    compiled: CodeType = marshal.loads(code)  # noqa: S302 - our own, never from outside
    return FunctionType(compiled, vars(importlib.import_module(module)), name, None, cells)


def _fill(function: FunctionType, parts: tuple[Any, Any]) -> None:
    function.__defaults__, function.__kwdefaults__ = parts


def _cell() -> CellType:
    return CellType()


def _set_cell(cell: CellType, content: tuple[Any]) -> None:
    (cell.cell_contents,) = content
