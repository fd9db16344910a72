"""Finds, compiles and imports a drive's Python files on CPython as CircuitPython does.

Every run has its own modules, apart from `sys.modules`, so many keys can run in one process.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import errno
import traceback
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import CodeType, ModuleType
from typing import Any

from totpkey_virtual.simulator import sources
from totpkey_virtual.simulator.drive import Drive
from totpkey_virtual.simulator.flash import Flash

#: The names in CircuitPython's `builtins`.
_BUILTINS = (
    "__build_class__ None True False Ellipsis NotImplemented abs all any bin bool bytearray bytes "
    "callable chr classmethod complex delattr dict dir divmod enumerate eval exec filter float frozenset "
    "getattr globals hasattr hash help hex id input int isinstance issubclass iter len list locals map "
    "max memoryview min next object oct ord pow property range repr reversed round set setattr slice "
    "sorted staticmethod str sum super tuple type zip ArithmeticError AssertionError AttributeError "
    "BaseException BrokenPipeError ConnectionError EOFError Exception GeneratorExit ImportError "
    "IndentationError IndexError KeyError KeyboardInterrupt LookupError MemoryError NameError "
    "NotImplementedError OSError OverflowError RuntimeError StopAsyncIteration StopIteration SyntaxError "
    "SystemExit TimeoutError TypeError UnicodeError ValueError ZeroDivisionError "
)

#: Name of the function that the loader calls at the start of each `while` loop's body.
_LOOP_HOOK = "__loop__"


class Loader:
    """One interpreter: its built-in modules, and those it has imported from the drive."""

    def __init__(
        self,
        flash: Flash,
        drive: Drive,
        built_in: Mapping[str, ModuleType],
        loaded: dict[str, ModuleType],
        functions: Mapping[str, Callable[..., object]],
        spend_loop: Callable[[], None],
    ) -> None:
        self._flash = flash
        self._drive = drive
        self._built_in = built_in
        self.modules = loaded
        self._builtins: dict[str, object] = {name: getattr(builtins, name) for name in _BUILTINS.split()}
        self._builtins |= {"__import__": self._import, _LOOP_HOOK: spend_loop} | dict(functions)

    def run(self, path: str) -> None:
        """Execute a file as the main program."""
        self._execute(self._new_module("__main__", path), path)

    def _execute(self, module: ModuleType, path: str) -> None:
        content = self._drive.read(path)
        if content is None:
            raise OSError(errno.ENOENT, "ENOENT")
        if path.endswith(".mpy"):
            name, source = _source(path, content)
        else:
            name, source = self._flash.source_name(path, content), content
        code = compile_source(source, name)
        exec(code, module.__dict__)  # noqa: S102 - running the drive's files is what this is for

    def _new_module(self, name: str, path: str, package: str = "") -> ModuleType:
        module = ModuleType(name)
        module.__dict__.update(__file__=path, __package__=package, __builtins__=self._builtins)
        self.modules[name] = module
        return module

    # import

    def _import(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: object = None,
        fromlist: tuple[str, ...] | None = (),
        level: int = 0,
    ) -> ModuleType:
        full_name = _absolute(name, globals or {}, level)
        module = self.modules.get(full_name) or self._load_with_parents(full_name)
        if not fromlist:
            return module if level else self._find(full_name.partition(".")[0])
        for attribute in fromlist:
            if hasattr(module, "__path__") and not hasattr(module, attribute) and attribute != "*":
                self._load_submodule(module, attribute)
        return module

    def _load_submodule(self, package: ModuleType, name: str) -> None:
        """Load the module that `from package import name` may mean. If there is none, the statement fails."""
        full_name = f"{package.__name__}.{name}"
        module = self._look_for(full_name)
        if module is not None:
            setattr(package, name, module)

    def _load_with_parents(self, full_name: str) -> ModuleType:
        parent: ModuleType | None = None
        module = self._find(full_name.partition(".")[0])
        names = full_name.split(".")
        for depth in range(1, len(names)):
            parent, module = module, self._find(".".join(names[: depth + 1]))
            setattr(parent, names[depth], module)
        return module

    def _find(self, full_name: str) -> ModuleType:
        module = self._look_for(full_name)
        if module is None:
            raise ImportError(f"no module named '{full_name}'")
        return module

    def _look_for(self, full_name: str) -> ModuleType | None:
        found = self._built_in.get(full_name) or self.modules.get(full_name)
        if found is not None:
            return found
        path = self._locate(full_name)
        if path:
            return self._load(full_name, path)
        constants = sources.of_constants(full_name)
        return self._new_constants(full_name, *constants) if constants else None

    def _new_constants(self, full_name: str, path: str, source: bytes) -> ModuleType:
        module = self._new_module(full_name, path, full_name.rpartition(".")[0])
        exec(compile_source(source, path), module.__dict__)  # noqa: S102 - as above
        return module

    def _load(self, full_name: str, path: str) -> ModuleType:
        is_package = path.endswith(("/", "/__init__.py", "/__init__.mpy"))
        module = self._new_module(full_name, path, full_name if is_package else full_name.rpartition(".")[0])
        if is_package:
            module.__path__ = [path.rpartition("/")[0]]
        try:
            # A folder with no `__init__` is a package all the same, and an empty one.
            if not path.endswith("/"):
                self._execute(module, path)
        except BaseException:
            del self.modules[full_name]
            raise
        return module

    def _locate(self, full_name: str) -> str | None:
        folders = tuple(self._built_in["sys"].path)
        return self._drive.remembered((folders, full_name), lambda: self._look_in(folders, full_name))

    def _look_in(self, folders: tuple[str, ...], full_name: str) -> str | None:
        for folder in folders:
            stem = "/".join(["", *folder.strip("/").split("/"), *full_name.split(".")]).replace("//", "/")
            parent, _, name = stem.rpartition("/")
            there = self._drive.names(parent or "/")
            for ending in (".py", ".mpy"):
                if name in there and self._drive.is_file(f"{stem}/__init__{ending}"):
                    return f"{stem}/__init__{ending}"
                if name + ending in there and self._drive.is_file(stem + ending):
                    return stem + ending
            if name in there:
                return f"{stem}/"
        return None


def _source(path: str, compiled: bytes) -> tuple[str, bytes]:
    """Path and content of a compiled module's source. Raises ImportError if it is not known."""
    known = sources.of(compiled)
    if known is None:
        source = "source" + path.removeprefix("/lib").removesuffix("mpy") + "py"
        raise ImportError(f"{path}: the simulator needs {source} in the drive's folder")
    return known


def _absolute(name: str, namespace: Mapping[str, Any], level: int) -> str:
    if not level:
        return name
    parts = str(namespace["__package__"]).split(".")
    if not parts[0] or level > len(parts):
        raise ImportError("can't perform relative import")
    base = parts[: len(parts) - level + 1]
    return ".".join([*base, name] if name else base)


class _LoopHook(ast.NodeTransformer):
    """Lets time pass in loops without calls, so that a watchdog can end `while True: pass`."""

    def visit_While(self, node: ast.While) -> ast.While:
        self.generic_visit(node)
        call = ast.Expr(ast.Call(ast.Name(_LOOP_HOOK, ast.Load()), [], []))
        first = node.body[0]
        for part in ast.walk(call):
            ast.copy_location(part, first)
        node.body.insert(0, call)
        return node


@lru_cache(maxsize=512)
def compile_source(source: bytes, file_name: str) -> CodeType:
    """Compile without ever evaluating annotations, as CircuitPython does."""
    return compile_tree(ast.parse(source, file_name), file_name)


def compile_tree(tree: ast.Module, file_name: str) -> CodeType:
    """The same of a source that was parsed."""
    flags = __future__.annotations.compiler_flag
    code: CodeType = compile(_LoopHook().visit(tree), file_name, "exec", flags=flags, dont_inherit=True)
    return code


def describe(error: BaseException) -> str:
    """The traceback as the console shows it, without the simulator's frames."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(_SIMULATOR_FOLDER)
    ]
    lines = ["Traceback (most recent call last):\n", *traceback.format_list(frames)]
    return "".join(lines + traceback.format_exception_only(error))


_SIMULATOR_FOLDER = __file__.rpartition("/")[0]
