"""KiCad's symbol libraries: symbols in the form that schematics embed, and the positions of their pins."""

from __future__ import annotations

import copy
import os
from functools import cache
from pathlib import Path
from typing import NamedTuple

from hardware.board.sexpr import Node, Quoted, child, children, has, numbers, parse

HERE = Path(__file__).resolve().parent
INSTALLED = Path(os.environ.get("KICAD9_SYMBOL_DIR", "/usr/share/kicad/symbols"))


class Pin(NamedTuple):
    """A symbol's pin. x and y are mm in the symbol's own frame, where y points up."""

    number: str
    name: str
    kind: str
    x: float
    y: float


def symbol(lib_id: str) -> Node:
    """Return the symbol `lib_id` ("Device:R") with inherited properties, named as in a schematic.

    Raise KeyError.
    """
    library, name = lib_id.split(":")
    found = copy.deepcopy(_flat(library, name))
    found[1] = Quoted(lib_id)
    return found


def pins(drawn: Node) -> list[Pin]:
    """Return all pins of a symbol, including hidden ones."""
    return [_pin(item) for unit in children(drawn, "symbol") for item in children(unit, "pin")]


def _pin(item: Node) -> Pin:
    x, y, _ = numbers(child(item, "at"))
    return Pin(str(child(item, "number")[1]), str(child(item, "name")[1]), str(item[1]), x, y)


@cache
def _library(name: str) -> dict[str, Node]:
    own = HERE / f"{name}.kicad_sym"
    path = own if own.exists() else INSTALLED / own.name
    return {str(item[1]): item for item in children(parse(path.read_text(encoding="utf-8")), "symbol")}


def _flat(library: str, name: str) -> Node:
    found = _library(library)[name]
    if not has(found, "extends"):
        return found
    parent = copy.deepcopy(_flat(library, str(child(found, "extends")[1])))
    own = {item[1]: item for item in children(found, "property")}
    inherited = str(parent[1])
    for index, item in enumerate(parent):
        if isinstance(item, list) and item[0] == "property":
            parent[index] = own.pop(item[1], item)
        elif isinstance(item, list) and item[0] == "symbol":
            item[1] = Quoted(str(item[1]).replace(inherited, name, 1))
    first_unit = next(i for i, item in enumerate(parent) if isinstance(item, list) and item[0] == "symbol")
    parent[first_unit:first_unit] = list(own.values())
    parent[1] = Quoted(name)
    return parent
