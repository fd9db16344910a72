"""Shorten the firmware's private names before it is compiled for the key, and those of parameters.

CircuitPython keeps every name that it has met for as long as it runs, in tables that double in size: the
1271st name takes 8 kB of heap in one piece, which setup does not have. And it looks for each name of a module
in all of them. A private name means nothing outside of the modules that define it, so unrelated modules can
share the same few names. That of a parameter means nothing to callers who give no names.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import count
from string import ascii_lowercase
from typing import TypeAlias

#: By module the new names of its private ones, and of parameters.
ShortNames: TypeAlias = Mapping[str, Mapping[str, str]]

#: Names of methods, which every interpreter has: a compiled module has numbers for them, and looks for none.
_NUMBERED = (
    *("append", "clear", "copy", "count", "end", "endswith", "extend", "find", "format", "get", "index"),
    *("insert", "items", "join", "key", "keys", "lower", "lstrip", "pop", "popitem", "remove", "replace"),
    *("reverse", "rfind", "rindex", "rsplit", "rstrip", "send", "sep", "setdefault", "sort", "split"),
    *("start", "startswith", "step", "stop", "strip", "throw", "update", "upper", "value", "values", "write"),
)


def short_names(sources: Mapping[str, str]) -> ShortNames:
    """Choose new names for the private names and parameters of modules, given as sources by dotted name.

    Modules whose classes inherit from each other are one family: an object has the names of all of them.
    """
    families = _families(sources)
    passed = frozenset[str]().union(*(_passed(source) for source in sources.values()))
    names: dict[str, Mapping[str, str]] = {}
    for modules in families:
        defined = sorted(set().union(*(_defined(sources[module]) for module in modules)))
        taken = set().union(*(_used(sources[module]) for module in modules))
        free = (name for name in _shortest() if name not in taken)
        chosen = dict(zip(defined, free, strict=False))
        names.update({module: {**chosen, **_parameters(sources[module], passed)} for module in modules})
    return names


@lru_cache(maxsize=512)
def _shortened(source: str, names: tuple[tuple[str, str], ...]) -> str:
    return ast.unparse(_Shortener(dict(names)).visit(ast.parse(source)))


def shorten(source: str, names: Mapping[str, str]) -> str:
    """Return `source` with these names replaced."""
    return _shortened(source, tuple(names.items()))


def _shortest() -> Iterator[str]:
    for letter in ascii_lowercase:
        yield f"_{letter}"
    for number in count():
        yield f"_{number}"


def _families(sources: Mapping[str, str]) -> list[set[str]]:
    defines = {name: module for module, source in sources.items() for name in _classes(source)}
    families = {module: {module} for module in sources}
    for module, source in sources.items():
        for bases in _classes(source).values():
            for base in bases & defines.keys():
                joined = families[module] | families[defines[base]]
                families.update(dict.fromkeys(joined, joined))
    return list({id(family): family for family in families.values()}.values())


@lru_cache(maxsize=512)
def _classes(source: str) -> Mapping[str, frozenset[str]]:
    """Return the classes of a module, each with the names of its bases."""
    classes = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef))
    return {
        node.name: frozenset(base.id for base in node.bases if isinstance(base, ast.Name)) for node in classes
    }


@lru_cache(maxsize=512)
def _defined(source: str) -> frozenset[str]:
    """Return the private names that a module defines, as functions, classes, variables or attributes."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
    return frozenset(name for name in found if name.startswith("_") and name[1:] and name[1] != "_")


@lru_cache(maxsize=512)
def _used(source: str) -> frozenset[str]:
    """Return all names in a module."""
    nodes = list(ast.walk(ast.parse(source)))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return frozenset(names | {node.attr for node in nodes if isinstance(node, ast.Attribute)})


@lru_cache(maxsize=512)
def _passed(source: str) -> frozenset[str]:
    """Return the names by which a module passes arguments."""
    nodes = ast.walk(ast.parse(source))
    return frozenset(node.arg for node in nodes if isinstance(node, ast.keyword) and node.arg)


def _parameters(source: str, passed: frozenset[str]) -> Mapping[str, str]:
    """Choose names for parameters that nobody passes by name, and that name nothing else in the module."""
    nodes = list(ast.walk(ast.parse(source)))
    given = {node.arg for node in nodes if isinstance(node, ast.arg) and node.arg[0] != "_"} - {"self"}
    taken = given | {node.id for node in nodes if isinstance(node, ast.Name)}
    free = (name for name in _NUMBERED if name not in taken)
    return dict(zip(sorted(given - set(_NUMBERED) - passed - _bound_otherwise(nodes)), free, strict=False))


def _bound_otherwise(nodes: list[ast.AST]) -> set[str]:
    """Return the names that a module binds by other statements than an assignment in a function."""
    bound: set[str] = set()
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.ExceptHandler)):
            bound.add(node.name or "")
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            bound |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            bound.update(node.names)
        if isinstance(node, (ast.Module, ast.ClassDef)):
            outside = [part for part in node.body if not isinstance(part, ast.FunctionDef)]
            bound |= _used(ast.unparse(ast.Module(outside, [])))
    return bound


class _Shortener(ast.NodeTransformer):
    """Replaces names in a syntax tree."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._names.get(node.id, node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg = self._names.get(node.arg, node.arg)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        # A parameter's name may be that of an attribute, too.
        if node.attr.startswith("_"):
            node.attr = self._names.get(node.attr, node.attr)
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self._names.get(node.name, node.name)
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.name = self._names.get(node.name, node.name)
        return self.generic_visit(node)

    def visit_Global(self, node: ast.Global) -> ast.Global:
        node.names = [self._names.get(name, name) for name in node.names]
        return node
