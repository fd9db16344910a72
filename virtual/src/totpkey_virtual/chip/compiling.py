"""The machine's C compiler, and the cache of what it has built."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from totpkey_virtual.chip.images import CACHE

SOURCE = Path(__file__).parent / "native"
_FLAGS = ("-std=c99", "-fPIC", f"-I{SOURCE}")


class NoCompiler(RuntimeError):
    """The core cannot be built on this machine."""


def compiler() -> list[str]:
    """The command of a C compiler on this machine. Raises NoCompiler."""
    for name in (os.environ.get("CC", ""), "cc", "gcc", "clang"):
        if name and shutil.which(name):
            return [name]
    if importlib.util.find_spec("ziglang"):
        return [sys.executable, "-m", "ziglang", "cc"]
    raise NoCompiler(
        "The emulated chip needs a C compiler and found none (cc, gcc, clang, ziglang). "
        "Install one, for example `apt install gcc`, `xcode-select --install` or `pip install ziglang`."
    )


@cache
def sources_digest() -> str:
    """Changes with any source of the core and of the translator."""
    files = [*sorted(SOURCE.glob("*.[ch]")), *map(Path(__file__).with_name, ("thumb.py", "translator.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def library(name: str) -> Path:
    """Where the shared library of that name is, or will be."""
    file = f"{name}-{sys.platform}.so"
    kept = (CACHE / file).exists() or _takes_files(CACHE)
    return (CACHE if kept else Path(_for_this_process().name)) / file


def build(target: Path, sources: Sequence[Path], optimization: str) -> None:
    """Compile C sources, all at once, to a shared library. Raises NoCompiler if the compiler fails."""
    with TemporaryDirectory(prefix="totpkey-") as folder:
        objects = [Path(folder) / f"{source.stem}.o" for source in sources]
        _run(
            [
                [*compiler(), *_FLAGS, optimization, "-c", "-o", str(each), str(source)]
                for each, source in zip(objects, sources, strict=True)
            ]
        )
        fresh = target.with_suffix(f".{os.getpid()}")
        _run([[*compiler(), "-shared", "-o", str(fresh), *map(str, objects)]])
        # If two processes build at once, the last rename wins, with the same content.
        fresh.replace(target)


def _run(commands: Sequence[Sequence[str]]) -> None:
    """Run commands side by side."""
    started = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603
        for command in commands
    ]
    # All of them have ended before the first error is told.
    told = [process.communicate()[0] for process in started]
    for process, said in zip(started, told, strict=True):
        if process.returncode:
            raise NoCompiler(
                f"{compiler()[0]} could not build the emulated processor. Check that it works:\n{said}"
            )


def _takes_files(folder: Path) -> bool:
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    return os.access(folder, os.W_OK)


@cache
def _for_this_process() -> TemporaryDirectory[str]:
    """Replaces the cache if the home directory is not writable."""
    return TemporaryDirectory(prefix="totpkey-")
