"""The rooms in docs/layers.toml: which room a module is in, and which imports break the rules."""

from __future__ import annotations

import graphlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).resolve().parents[2] / "docs" / "layers.toml"
#: The name of the room of a tree's top-level modules.
ROOT_ROOM = "."

#: The imports of each module. Names are `tree/folder/module`, without a suffix.
Imports = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Room:
    """An entry of the table. `name` is `tree/room`, or just the tree's name for its top-level modules."""

    name: str
    holds: str
    uses: tuple[str, ...]
    apart: bool = False


def read(path: Path = TABLE) -> dict[str, Room]:
    """Return all rooms by name, in the order of the table."""
    found = {}
    for tree, entries in tomllib.loads(path.read_text(encoding="utf-8")).items():
        for short, entry in entries.items():
            name = tree if short == ROOT_ROOM else f"{tree}/{short}"
            found[name] = Room(name, entry["holds"], tuple(entry["uses"]), entry.get("apart", False))
    return found


def room_of(module: str, rooms: Mapping[str, Room]) -> Room | None:
    """Return the room whose name is the longest prefix of the module's, or None."""
    name = module
    while name and name not in rooms:
        name = name.rpartition("/")[0]
    return rooms.get(name)


def faults(imports: Imports, rooms: Mapping[str, Room]) -> list[str]:
    """Return the violations of the table, one on a line."""
    wrong = []
    for module in sorted(imports):
        room = room_of(module, rooms)
        if room is None:
            wrong.append(f"{module} is in no room")
            continue
        wrong += [
            f"{module} imports {other}"
            for other in sorted(imports[module])
            if not _allowed(room, room_of(other, rooms))
        ]
    return wrong + circles(imports)


def _allowed(room: Room, other: Room | None) -> bool:
    if room == other:
        return not room.apart
    return other is not None and other.name in room.uses


def circles(graph: Mapping[str, frozenset[str] | tuple[str, ...]]) -> list[str]:
    """Return one import cycle, if there is any."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return ["a circle: " + " > ".join(reversed(error.args[1]))]
    return []
