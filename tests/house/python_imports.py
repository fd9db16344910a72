"""Read the imports of Python packages from the syntax trees of their modules."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: The packages by their names in the table of rooms.
PACKAGES = {
    "protocol": ROOT / "firmware" / "lib" / "totpkey_protocol",
    "key": ROOT / "firmware" / "lib" / "totpkey_firmware",
    "volume": ROOT / "host" / "totpkey_volume",
    "readers": ROOT / "readers" / "src" / "totpkey_readers",
    "host": ROOT / "host" / "totpkey",
    "virtual": ROOT / "virtual" / "src" / "totpkey_virtual",
}


def read(packages: Mapping[str, Path] = PACKAGES) -> dict[str, frozenset[str]]:
    """Return each module's imports of modules in `packages`, including imports inside functions."""
    trees = {path.name: tree for tree, path in packages.items()}
    paths = {
        _name(path, package): path for package in packages.values() for path in sorted(package.rglob("*.py"))
    }
    imports = {
        module: frozenset(other for other in _imported(module, path, paths) if other != module)
        for module, path in paths.items()
    }
    return {
        _in_table(module, trees): frozenset(_in_table(other, trees) for other in imported)
        for module, imported in imports.items()
        # An `__init__.py` that only marks a folder as a package belongs to no room.
        if imported or paths[module].name != "__init__.py"
    }


def _name(path: Path, package: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _in_table(module: str, trees: Mapping[str, str]) -> str:
    package, *rest = module.split(".")
    return "/".join([trees[package], *rest])


def _imported(module: str, path: Path, known: Mapping[str, Path]) -> Iterator[str]:
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in _imports_in(path.read_text(encoding="utf-8")):
        for name in _names(node, package):
            found = name
            # The last component may be a name inside the module.
            if found not in known:
                found = found.rpartition(".")[0]
            if found in known:
                yield found


@lru_cache(maxsize=1024)
def _imports_in(source: str) -> tuple[ast.Import | ast.ImportFrom, ...]:
    nodes = ast.walk(ast.parse(source))
    return tuple(node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom))


def _names(node: ast.Import | ast.ImportFrom, package: str) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    parts = package.split(".")
    base = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
    whole = ".".join(filter(None, [base, node.module]))
    return [f"{whole}.{alias.name}" for alias in node.names]
