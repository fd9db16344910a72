"""The tiers in docs/layers.toml: which room a module is in, and which imports go up or sideways."""

from __future__ import annotations

import graphlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).resolve().parents[2] / "docs" / "layers.toml"

#: The imports of each module. Names are `tree/folder/module`, without a suffix.
Imports = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class House:
    """The table: in each tower the rooms with their tiers, and the rooms whose modules stay apart."""

    towers: Mapping[str, Mapping[str, int]]
    apart: frozenset[str]

    @property
    def rooms(self) -> frozenset[str]:
        """The rooms of all towers."""
        return frozenset(room for tower in self.towers.values() for room in tower)

    def room_of(self, module: str) -> str:
        """Return the room whose name is the longest prefix of the module's, or ""."""
        name, rooms = module, self.rooms
        while name and name not in rooms:
            name = name.rpartition("/")[0]
        return name

    def allows(self, room: str, other: str) -> bool:
        """Whether modules of `room` may import modules of `other`."""
        if room == other:
            return room not in self.apart
        return any(
            tower[other] < tower[room] for tower in self.towers.values() if room in tower and other in tower
        )


def read(path: Path = TABLE) -> House:
    """Return the table. Raise ValueError if a tower has a room twice."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return House(
        {name: _numbered(name, tiers) for name, tiers in table["towers"].items()}, frozenset(table["apart"])
    )


def _numbered(tower: str, tiers: list[list[str]]) -> dict[str, int]:
    found = {room: number for number, tier in enumerate(tiers) for room in tier}
    if len(found) != sum(map(len, tiers)):
        raise ValueError(f"a room stands twice in {tower}")
    return found


def faults(imports: Imports, house: House) -> list[str]:
    """Return the violations of the table, one on a line."""
    return [fault for module in sorted(imports) for fault in _faults_of(module, imports[module], house)] + (
        circles(imports)
    )


def _faults_of(module: str, imported: frozenset[str], house: House) -> Iterator[str]:
    room = house.room_of(module)
    if not room:
        yield f"{module} is in no room"
        return
    for other in sorted(imported):
        if not house.allows(room, house.room_of(other)):
            yield f"{module} imports {other}"


def circles(graph: Imports) -> list[str]:
    """Return one import cycle, if there is any."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return ["a circle: " + " > ".join(reversed(error.args[1]))]
    return []
