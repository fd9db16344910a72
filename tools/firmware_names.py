"""Spares the key names of the firmware before it is compiled: constants are inlined, private names shortened.

CircuitPython keeps every name that it has met for as long as it runs, in tables that double in size: the
1271st name takes 8 kB of heap in one piece, which setup does not have. And it looks for each name of a module
in all of them. A constant costs about 25 bytes, for it is also in the module's dictionary, and is looked up
at each use. mpy-cross inlines the constants of a single module (`micropython.const`); this tool inlines them
across modules.

A private name means nothing outside of the modules that define it, so unrelated modules can share the same
few names. That of a parameter means nothing to callers who give no names.

The compiled code does the same as its source, and the sources on the drive stay unchanged.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import lru_cache
from itertools import count
from string import ascii_lowercase
from typing import NamedTuple, TypeAlias

Value: TypeAlias = int | str | bytes | tuple[int | str | bytes, ...]
#: Values by module and name.
Constants: TypeAlias = Mapping[str, Mapping[str, Value]]

#: The syntax that may appear in a constant's value.
_ARITHMETIC = (
    ast.BinOp,
    ast.UnaryOp,
    ast.operator,
    ast.unaryop,
    ast.Constant,
    ast.Name,
    ast.Attribute,
    ast.Load,
)


def constants_of(sources: Mapping[str, str]) -> Constants:
    """Return the constants of modules, given as sources by dotted name.

    A constant has a name in capitals. Its value is a number, a text or a tuple of those. Raise ValueError if
    a constant is assigned to twice.
    """
    found: dict[str, dict[str, Value]] = {name: {} for name in sources}
    outlines = {name: _outline(source) for name, source in sources.items()}
    # A constant may depend on constants of modules that come later, so repeat until no more are found.
    count = -1
    while count != sum(map(len, found.values())):
        count = sum(map(len, found.values()))
        for module, outline in outlines.items():
            known = _ConstantNames(module, outline.imports, found)
            for name, value in outline.assigned:
                if name not in found[module] and known.can_compute(value):
                    found[module][name] = known.compute(value)
    for module, outline in outlines.items():
        _check_assigned_once(module, outline.stored, found[module])
    return found


def inline(module: str, source: str, constants: Constants) -> str:
    """Return the source of `module` with constants replaced by their values and their definitions removed."""
    known = _ConstantNames(module, _outline(source).imports, constants)
    return _inlined(source, known, frozenset(constants[module]))


@lru_cache(maxsize=512)
def _inlined(source: str, known: _ConstantNames, defined: frozenset[str]) -> str:
    tree = ast.parse(source)
    before = _names(tree)
    tree.body = [node for node in tree.body if not _defines(node, defined)]
    tree = ast.fix_missing_locations(_Inliner(known).visit(tree))
    _drop_imports(tree, before - _names(tree))
    return ast.unparse(tree)


class _Outline(NamedTuple):
    """What decides a module's constants. The syntax trees in it must not be changed."""

    imports: tuple[ast.ImportFrom, ...]
    #: Names in capitals that are assigned at the top level of the module, with their values.
    assigned: tuple[tuple[str, ast.expr], ...]
    #: All names that are assigned anywhere, as often as they are.
    stored: tuple[str, ...]


@lru_cache(maxsize=512)
def _outline(source: str) -> _Outline:
    """Outline a module. Builds of drives that differ in a few modules share the outlines of all others."""
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    return _Outline(
        tuple(node for node in nodes if isinstance(node, ast.ImportFrom)),
        tuple(_assigned(tree)),
        tuple(node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)),
    )


class _ConstantNames:
    """The names in one module that refer to constants."""

    def __init__(self, module: str, imports: Iterable[ast.ImportFrom], constants: Constants) -> None:
        self._constants = constants
        #: Values of constants, defined here or imported, by name.
        self.names: dict[str, Value] = dict(constants[module])
        #: The constants of imported modules, by the module's local name.
        self.modules: dict[str, Mapping[str, Value]] = {}
        for node in imports:
            self._note(_origin(module, node, constants), node.names)

    def _note(self, origin: str, names: Iterable[ast.alias]) -> None:
        for alias in names:
            name = alias.asname or alias.name
            if alias.name in self._constants.get(origin, {}):
                self.names[name] = self._constants[origin][alias.name]
            elif f"{origin}.{alias.name}" in self._constants:
                self.modules[name] = self._constants[f"{origin}.{alias.name}"]

    def _key(self) -> str:
        """Tell the values apart by their spelling, since True and 1 are equal."""
        return repr((self.names, self.modules))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ConstantNames) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def value(self, node: ast.AST) -> Value | None:
        """Return the constant that a name or attribute refers to, or None."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return self.modules.get(node.value.id, {}).get(node.attr)
        return None

    def can_compute(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Tuple):
            return all(self.can_compute(part) and not isinstance(part, ast.Tuple) for part in node.elts)
        parts = list(ast.walk(node))
        inner = {id(part.value) for part in parts if isinstance(part, ast.Attribute)}
        return all(isinstance(part, _ARITHMETIC) for part in parts) and all(
            self.value(part) is not None
            for part in parts
            if isinstance(part, ast.Name | ast.Attribute) and id(part) not in inner
        )

    def compute(self, node: ast.expr) -> Value:
        inlined = ast.fix_missing_locations(ast.Expression(_Inliner(self).visit(deepcopy(node))))
        value: Value = eval(compile(inlined, "<constant>", "eval"), {"__builtins__": {}})  # noqa: S307
        return value


class _Inliner(ast.NodeTransformer):
    def __init__(self, known: _ConstantNames) -> None:
        self._known = known

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        """Drop `if TYPE_CHECKING:` blocks, which only type checkers need."""
        self.generic_visit(node)
        if isinstance(node.test, ast.Constant):
            return node.body if node.test.value else node.orelse
        return node

    def _replaced(self, node: ast.Name | ast.Attribute) -> ast.expr:
        value = self._known.value(node) if isinstance(node.ctx, ast.Load) else None
        if value is None:
            self.generic_visit(node)
            return node
        return _literal(value)

    visit_Name = visit_Attribute = _replaced


def _literal(value: Value) -> ast.expr:
    if isinstance(value, tuple):
        return ast.Tuple([ast.Constant(part) for part in value], ast.Load())
    return ast.Constant(value)


def _origin(module: str, node: ast.ImportFrom, constants: Constants) -> str:
    """Return the dotted name of the module that an import refers to, which may be relative."""
    if not node.level:
        return node.module or ""
    is_package = any(name.startswith(f"{module}.") for name in constants)
    parts = module.split(".")[: None if is_package else -1]
    parts = parts[: len(parts) - node.level + 1]
    return ".".join([*parts, *([node.module] if node.module else [])])


def _assigned(tree: ast.Module) -> list[tuple[str, ast.expr]]:
    """Return names in capitals that are assigned at the top level of the module, with their values."""
    return [
        (name, value)
        for node in tree.body
        if isinstance(node, ast.Assign) and len(node.targets) == 1
        for name, value in _pairs(node.targets[0], node.value)
        if name.isupper()
    ]


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[str, ast.expr]]:
    """Return each name of an assignment with its value; handles `A, B = 1, 2` and `A, B = range(2)`."""
    if isinstance(target, ast.Name):
        return [(target.id, value)]
    if not isinstance(target, ast.Tuple):
        return []
    values: list[ast.expr] = []
    if isinstance(value, ast.Tuple):
        values = value.elts
    elif ast.unparse(value) == f"range({len(target.elts)})":
        values = [ast.Constant(number) for number in range(len(target.elts))]
    return [
        (name.id, each) for name, each in zip(target.elts, values, strict=False) if isinstance(name, ast.Name)
    ]


def _defines(node: ast.stmt, names: Collection[str]) -> bool:
    """Return whether a statement does nothing but define constants."""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return False
    pairs = _pairs(node.targets[0], node.value)
    return bool(pairs) and all(name in names for name, _ in pairs)


def _check_assigned_once(module: str, stored: Sequence[str], names: Iterable[str]) -> None:
    for name in names:
        if stored.count(name) != 1:
            raise ValueError(f"{module}: {name} is assigned to twice, so it is no constant")


def _names(tree: ast.Module) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _drop_imports(tree: ast.Module, replaced: set[str]) -> None:
    """Remove imports of inlined names. Keep all others, since an import also loads its module."""
    for node in list(ast.walk(tree)):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            kept = [statement for statement in body if not _imports_only(statement, replaced)]
            node.body = kept or [ast.Pass()]  # type: ignore[attr-defined]


def _imports_only(node: ast.stmt, names: set[str]) -> bool:
    """Remove these names from an import. Return whether nothing is left of it."""
    if not isinstance(node, ast.ImportFrom):
        return False
    node.names = [alias for alias in node.names if (alias.asname or alias.name) not in names]
    return not node.names


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

    def _named(self, node: ast.FunctionDef | ast.ClassDef) -> ast.AST:
        node.name = self._names.get(node.name, node.name)
        return self.generic_visit(node)

    visit_FunctionDef = visit_ClassDef = _named

    def visit_Global(self, node: ast.Global) -> ast.Global:
        node.names = [self._names.get(name, name) for name in node.names]
        return node
