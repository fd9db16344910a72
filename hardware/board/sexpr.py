"""Read and write KiCad's files, which are nested lists (s-expressions), and read its symbol libraries.

A quoted word becomes `Quoted`, a bare one `str`, and a list `list`, so that a file can be written back
unchanged. Of the libraries there are the symbols in the form that schematics embed, and the positions of
their pins.
"""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Iterator
from functools import cache
from math import cos, radians, sin
from pathlib import Path
from typing import Any, NamedTuple

Node = list[Any]
_TOKEN = re.compile(r'"((?:\\.|[^"\\])*)"|([()])|([^\s()"]+)')
_ESCAPES = {"\\n": "\n", '\\"': '"', "\\\\": "\\"}


class Quoted(str):
    """A word that is quoted in the file."""

    __slots__ = ()


def parse(text: str) -> Node:
    """Return the single list in `text`. Raise ValueError if its brackets do not match."""
    stack: list[Node] = [[]]
    for match in _TOKEN.finditer(text):
        quoted, bracket, bare = match.groups()
        if bracket == "(":
            stack.append([])
        elif bracket == ")":
            if len(stack) == 1:
                raise ValueError("a bracket is closed that was never opened")
            inner = stack.pop()
            stack[-1].append(inner)
        else:
            stack[-1].append(bare if quoted is None else Quoted(_unescape(quoted)))
    if len(stack) != 1 or len(stack[0]) != 1 or not isinstance(stack[0][0], list):
        raise ValueError("not exactly one list")
    return stack[0][0]


def write(node: Any, depth: int = 0) -> str:
    """Write `node` in KiCad's style: lists of plain words on one line, other lists one item on a line."""
    if isinstance(node, Quoted):
        return '"' + node.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if not isinstance(node, list):
        return _number(node) if isinstance(node, float) else str(node)
    if not any(isinstance(item, list) for item in node):
        return "(" + " ".join(write(item) for item in node) + ")"
    lines = ["(" + " ".join(write(item) for item in _head(node))]
    indent = "\t" * (depth + 1)
    lines += [indent + write(item, depth + 1) for item in node[len(_head(node)) :]]
    return "\n".join(lines) + "\n" + "\t" * depth + ")"


def children(node: Node, name: str) -> Iterator[Node]:
    """Return the lists in `node` that begin with `name`."""
    return (item for item in node if isinstance(item, list) and item and item[0] == name)


def child(node: Node, name: str) -> Node:
    """Return the first list in `node` that begins with `name`. Raise KeyError if there is none."""
    for item in children(node, name):
        return item
    raise KeyError(f"no {name} in {node[0]}")


def has(node: Node, name: str) -> bool:
    return any(True for _ in children(node, name))


def numbers(node: Node) -> list[float]:
    """Return the numbers after the first word: `(at 1 2 90)` gives [1.0, 2.0, 90.0]."""
    return [float(item) for item in node[1:] if not isinstance(item, list)]


def moved(node: Node, x: float, y: float) -> tuple[float, float]:
    """Return where a point is of something whose place and turn `node` gives: `(at 1 2 90)`."""
    left, top, turn = (*numbers(node), 0.0)[:3]
    c, s = cos(radians(turn)), sin(radians(turn))
    return left + x * c + y * s, top + y * c - x * s


def properties(node: Node) -> dict[str, str]:
    """Return the properties of a symbol or footprint by name."""
    return {str(item[1]): str(item[2]) for item in children(node, "property")}


def _head(node: Node) -> Node:
    for index, item in enumerate(node):
        if isinstance(item, list):
            return node[:index]
    return node


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _unescape(text: str) -> str:
    return re.sub(r'\\[n"\\]', lambda match: _ESCAPES[match.group()], text)


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
