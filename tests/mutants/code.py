"""Mutants of code: small changes of one place each, which a compiler takes and a test should notice.

The kinds are those of the usual mutation testers, such as mutmut and Stryker. A comparison becomes its
neighbour or its opposite, `and` becomes `or`, and one of what they join is left out. A condition is always
true or never, and a number is one more. Arithmetic does the reverse. A statement is left out, or nothing is
returned.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Lt: ("<=", ">="),
    ast.LtE: ("<", ">"),
    ast.Gt: (">=", "<="),
    ast.GtE: (">", "<"),
    ast.Eq: ("!=",),
    ast.NotEq: ("==",),
    ast.Is: ("is not",),
    ast.IsNot: ("is",),
    ast.In: ("not in",),
    ast.NotIn: ("in",),
}
_ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "//",
    ast.FloorDiv: "*",
    ast.Mod: "*",
    ast.LShift: ">>",
    ast.RShift: "<<",
    ast.BitAnd: "|",
    ast.BitOr: "&",
    ast.BitXor: "|",
}


@dataclass(frozen=True)
class Mutant:
    """One changed place: the line and its text, what stood there, and the whole changed source."""

    line: int
    text: str
    old: str
    new: str
    source: str

    def __str__(self) -> str:
        old, new = (" ".join(text.split()) for text in (self.old, self.new))
        return f"line {self.line}: `{old}` becomes `{new}`"


class Source:
    """A module's text, and the places of its parts."""

    def __init__(self, text: str) -> None:
        self._content = text.encode()
        self._lines = text.splitlines()
        self._starts = [0]
        for line in text.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line.encode()))

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Where a part begins and ends, in bytes."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        begin, end = self._starts[node.lineno - 1], self._starts[node.end_lineno - 1]
        return begin + node.col_offset, end + node.end_col_offset

    def text(self, node: ast.expr | ast.stmt) -> str:
        begin, end = self.span(node)
        return self._content[begin:end].decode()

    def changed(self, node: ast.expr | ast.stmt, new: str) -> Mutant:
        """With `new` in the place of that part."""
        begin, end = self.span(node)
        whole = self._content[:begin] + new.encode() + self._content[end:]
        line = self._lines[node.lineno - 1].strip()
        return Mutant(node.lineno, line, self.text(node), new, whole.decode())


def mutants(text: str) -> list[Mutant]:
    """All mutants of a module, in the order of their places."""
    source = Source(text)
    nodes = list(_nodes(ast.parse(text)))
    # A condition takes the place of a statement's own, so that the rest of the statement stays.
    tests = [node.test for node in nodes if isinstance(node, (ast.If, ast.IfExp))]
    found = [source.changed(test, always) for test in tests for always in ("True", "False")]
    found += [source.changed(node, new) for node in nodes for new in _changes(node, source)]
    return sorted(found, key=lambda mutant: mutant.line)


def _nodes(tree: ast.Module) -> Iterator[ast.expr | ast.stmt]:
    """What runs on a key: neither annotations nor docstrings, nor what only a type checker reads."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        if isinstance(node, (ast.expr, ast.stmt)):
            yield node
        for name, value in ast.iter_fields(node):
            # A function's parameters are no code; a call's arguments are.
            if isinstance(value, ast.arguments):
                continue
            if name not in ("annotation", "returns", "decorator_list"):
                children = value if isinstance(value, list) else [value]
                waiting += [child for child in children if isinstance(child, ast.AST)]


def _changes(node: ast.expr | ast.stmt, source: Source) -> Iterator[str]:
    if isinstance(node, ast.stmt):
        yield from _of_statement(node)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for operator in _COMPARISONS.get(type(node.ops[0]), ()):
            yield f"({source.text(node.left)}) {operator} ({source.text(node.comparators[0])})"
    elif isinstance(node, ast.BoolOp):
        same, other = (" and ", " or ") if isinstance(node.op, ast.And) else (" or ", " and ")
        parts = [f"({source.text(value)})" for value in node.values]
        yield f"({other.join(parts)})"
        for place in range(len(parts)):
            yield f"({same.join(parts[:place] + parts[place + 1 :])})"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield f"({source.text(node.operand)})"
    elif isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        yield f"(({source.text(node.left)}) {_ARITHMETIC[type(node.op)]} ({source.text(node.right)}))"
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield f"{node.value + 1}"


def _of_statement(node: ast.stmt) -> Iterator[str]:
    gives = isinstance(node, ast.Return) and node.value and not isinstance(node.value, ast.Constant)
    calls = isinstance(node, ast.Expr) and isinstance(node.value, (ast.Call, ast.Yield))
    stores = isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Attribute, ast.Subscript))
    if gives:
        yield "return None"
    elif calls or stores or isinstance(node, (ast.Raise, ast.Break, ast.Continue, ast.AugAssign)):
        yield "pass"
