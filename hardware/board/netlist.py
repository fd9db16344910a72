"""Reads which pins a schematic joins from its file, without KiCad, so that tests can check independently."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from hardware.board.sexpr import Node, child, children, has, numbers, parse, properties
from hardware.board.sheet import references

Place = tuple[float, float]

#: Two readings of the same file share one tree, which nobody may change.
_tree = lru_cache(maxsize=2)(parse)


def nets(schematic: Path) -> dict[tuple[str, str], str]:
    """Return the net of each pin, by reference and number. Labels have a slash in front, as in KiCad.

    Pins without a named net are left out. Wires must end where they join, as KiCad requires.
    """
    sheet = _tree(schematic.read_text(encoding="utf-8"))
    groups = _Groups()
    for wire in children(sheet, "wire"):
        start, end = (_place(item) for item in children(child(wire, "pts"), "xy"))
        groups.join(start, end)
    symbols = references(sheet)
    library = {str(item[1]): item for item in children(child(sheet, "lib_symbols"), "symbol")}
    pins = {
        (ref, number): place
        for ref, symbol in symbols.items()
        for number, place in _pins(library[str(child(symbol, "lib_id")[1])], symbol).items()
    }
    names = {groups.of(_place(child(item, "at"))): "/" + str(item[1]) for item in children(sheet, "label")}
    for (ref, _), place in pins.items():
        if ref.startswith("#PWR"):
            names[groups.of(place)] = properties(symbols[ref])["Value"]
    real = {pin: groups.of(place) for pin, place in pins.items() if not pin[0].startswith("#")}
    return {pin: names[group] for pin, group in real.items() if group in names}


def board_nets(board: Path) -> dict[tuple[str, str], str]:
    """Return the net of each pad of a board, by reference and number."""
    tree = _tree(board.read_text(encoding="utf-8"))
    return {
        (properties(footprint)["Reference"], str(pad[1])): str(child(pad, "net")[-1])
        for footprint in children(tree, "footprint")
        for pad in children(footprint, "pad")
        if has(pad, "net")
    }


class _Groups:
    """Groups of joined places."""

    def __init__(self) -> None:
        self._above: dict[Place, Place] = {}

    def of(self, place: Place) -> Place:
        while place in self._above:
            place = self._above[place]
        return place

    def join(self, one: Place, other: Place) -> None:
        one, other = self.of(one), self.of(other)
        if one != other:
            self._above[one] = other


def _pins(drawn: Node, symbol: Node) -> dict[str, Place]:
    """Return the positions of a placed symbol's pins on the sheet, by number."""
    x, y, turn = numbers(child(symbol, "at"))
    found = {}
    for unit in children(drawn, "symbol"):
        for pin in children(unit, "pin"):
            right, up, _ = numbers(child(pin, "at"))
            right, up = {0: (right, up), 90: (-up, right), 180: (-right, -up), 270: (up, -right)}[int(turn)]
            found[str(child(pin, "number")[1])] = (round(x + right, 2), round(y - up, 2))
    return found


def _place(node: Node) -> Place:
    return round(float(node[1]), 2), round(float(node[2]), 2)
