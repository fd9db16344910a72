"""Inline the firmware's constants before it is compiled for the key.

CircuitPython looks up a constant by name at each use. It keeps the name in the module's dictionary and in the
table of interned strings as long as the key runs: about 25 bytes for each constant, and the key has no heap
to spare. mpy-cross inlines the constants of a single module (`micropython.const`); this tool inlines them
across modules. The compiled code does the same as its source, and the sources on the drive stay unchanged.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import deepcopy
from functools import lru_cache
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

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._replaced(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return self._replaced(node)

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
