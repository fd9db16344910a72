"""Shorten the firmware's private names before it is compiled for the key.

CircuitPython interns each name that a module uses, and keeps it as long as the key runs: some 8 bytes and
the name itself. Private names (`_like_this`) of the firmware's own modules are nobody else's, so on the key
they are `_a`, `_b` and so on. Attributes and methods have the same short name in all modules, since classes
inherit across them. A module's globals are its own, and use the first few of the same short names again.
"""

from __future__ import annotations

import ast
import itertools
import string
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

_FIRST = string.ascii_letters
_MORE = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Names:
    """Short names by long ones: of all modules' attributes, and of each module's globals."""

    attributes: Mapping[str, str]
    globals: Mapping[str, Mapping[str, str]]


def names_of(sources: Mapping[str, str], foreign: Collection[str]) -> Names:
    """Return the short names for modules, given as sources by dotted name.

    `foreign`: sources of other modules, whose private names are left alone.
    """
    taken = set().union(*(_identifiers(source) for source in foreign))
    found = {module: _private(source) for module, source in sources.items()}
    attributes = sorted(set().union(*(private.attributes for private in found.values())) - taken)
    kept = taken | set().union(*(private.others for private in found.values()))
    short = _short_names(kept)
    again = [next(short) for _ in range(max([len(attributes), *(len(p.globals) for p in found.values())]))]
    return Names(
        dict(zip(attributes, again, strict=False)),
        {
            module: dict(zip(sorted(private.globals), again, strict=False))
            for module, private in found.items()
        },
    )


def shorten(module: str, source: str, names: Names) -> str:
    """Return the source of `module` with its private names replaced."""
    return ast.unparse(_Shortened(names.attributes, names.globals[module]).visit(ast.parse(source)))


def _short_names(kept: Collection[str]) -> Iterator[str]:
    for length in itertools.count():
        for first in _FIRST:
            for more in itertools.product(_MORE, repeat=length):
                name = "_" + first + "".join(more)
                if name not in kept:
                    yield name


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and len(name) > 1


@dataclass(frozen=True)
class _Private:
    """The private names of one module: its attributes and methods, its globals, and all others."""

    attributes: frozenset[str]
    globals: frozenset[str]
    others: frozenset[str]


@lru_cache(maxsize=1024)
def _private(source: str) -> _Private:
    tree = ast.parse(source)
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            attributes |= set(itertools.chain(*map(_defined, node.body)))
    own = {name for name in itertools.chain(*map(_defined, tree.body)) if _is_private(name)}
    attributes = {name for name in attributes if _is_private(name)}
    imported = {alias.asname or alias.name for node in ast.walk(tree) for alias in _aliases(node)}
    if wrong := {name for name in imported if _is_private(name)}:
        raise ValueError(f"private names of other modules are imported: {', '.join(sorted(wrong))}")
    return _Private(frozenset(attributes), frozenset(own), _identifiers(source) - attributes - own)


def _aliases(node: ast.AST) -> list[ast.alias]:
    return node.names if isinstance(node, (ast.Import, ast.ImportFrom)) else []


def _defined(node: ast.stmt) -> list[str]:
    """What a statement of a module or a class defines, other than by an import."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [name.id for name in node.targets if isinstance(name, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []


@lru_cache(maxsize=1024)
def _identifiers(source: str) -> frozenset[str]:
    tree = ast.parse(source)
    found = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    found |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    found |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    found |= {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    return frozenset(found)


class _Shortened(ast.NodeTransformer):
    def __init__(self, attributes: Mapping[str, str], own: Mapping[str, str]) -> None:
        self._attributes = attributes
        self._globals = own
        self._in_class = False

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        node.attr = self._attributes.get(node.attr, node.attr)
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        names = self._attributes if self._in_class else self._globals
        node.id = names.get(node.id, node.id)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.name = self._globals.get(node.name, node.name)
        node.bases = [self.visit(base) for base in node.bases]
        node.body = [self._member(member) for member in node.body]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self._globals.get(node.name, node.name)
        return self.generic_visit(node)

    def _member(self, node: ast.stmt) -> ast.stmt:
        """A statement of a class: it defines attributes, and uses the module's globals."""
        if isinstance(node, ast.FunctionDef):
            name = self._attributes.get(node.name, node.name)
            self.visit(node)
            node.name = name
        elif isinstance(node, ast.Assign):
            node.value = self.visit(node.value)
            self._in_class = True
            node.targets = [self.visit(target) for target in node.targets]
            self._in_class = False
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            node.target.id = self._attributes.get(node.target.id, node.target.id)
            node.value = self.visit(node.value) if node.value else None
        return node
