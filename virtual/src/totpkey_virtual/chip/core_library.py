"""The Cortex-M0+ in C, as Python sees it. The machine's compiler builds it at first use, and a cache keeps
it.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

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
    files = [*sorted(SOURCE.glob("*.[ch]")), Path(__file__).with_name("translator.py")]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def library(name: str) -> Path:
    """Where the shared library of that name is, or will be."""
    file = f"{name}-{sys.platform}.so"
    kept = (CACHE / file).exists() or _takes_files(CACHE)
    return (CACHE if kept else Path(_for_this_process().name)) / file


def compile_library(target: Path, sources: Sequence[Path], optimization: str) -> None:
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


#: "Nothing is scheduled", for a sleeping processor (`Core.systick_at`, `Core.deadline`).
NEVER = 2**64 - 1

#: CircuitPython runs the RP2040 at 125 MHz. Real silicon is slower in the first microseconds after power-on.
CYCLES_PER_US = 125

STOP_DEADLINE, STOP_ASKED, STOP_LOCKUP = range(3)

ReadWord = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_uint32)
WriteWord = ctypes.CFUNCTYPE(None, ctypes.c_uint32, ctypes.c_uint32)


def _words(names: str, kind: type[Any] = ctypes.c_uint32) -> list[tuple[str, type[Any]]]:
    return [(name, kind) for name in names.split()]


_POINTERS = ("rom", "flash", "sram", "dpram", "window", "places", "guards", "translation")
#: Bits of `CoreState.in_force` and `CoreState.unsure`.
ROM, FLASH, SRAM = 1, 2, 4


class CoreState(ctypes.Structure):
    """`Core` of native/core.h, field by field."""

    _fields_ = (
        *_words("cycles deadline timer_epoch systick_at timer_at until", ctypes.c_uint64),
        *_words("rom flash sram dpram", ctypes.c_void_p),
        ("read_word", ReadWord),
        ("write_word", WriteWord),
        *_words("window places guards translation", ctypes.c_void_p),
        ("r", ctypes.c_uint32 * 16),
        *_words("n z c v primask using_psp other_sp unprivileged ipsr"),
        *_words("window_start window_size"),
        *_words("attention stop fault sleeping event waits_for_event"),
        *_words("irq_lines irq_pending irq_enabled system_pending"),
        ("irq_priority", ctypes.c_uint32 * 8),
        *_words("shpr2 shpr3 vtor scr systick_control systick_reload"),
        *_words("flash_mask in_force unsure counting"),
        *_words("timer_latch spinlocks"),
        *_words("div_dividend div_divisor div_quotient div_remainder div_signed div_dirty buffers_touched"),
        ("i2c_raw", ctypes.c_uint32 * 2),
        ("i2c_received", ctypes.c_uint32 * 2),
        ("alarm_target", ctypes.c_uint32 * 4),
        *_words("timer_armed timer_raw timer_enabled timer_forced"),
        ("alarm_at", ctypes.c_uint64 * 4),
    )

    def __reduce__(self) -> tuple[Callable[[bytes], CoreState], tuple[bytes]]:
        """Pickle it without pointers into this process. The copy's core connects it again."""
        kept = CoreState.from_buffer_copy(self)
        for name in _POINTERS:
            setattr(kept, name, None)
        kept.read_word, kept.write_word = ReadWord(), WriteWord()
        kept.window_start = kept.window_size = 0
        kept.in_force = kept.unsure = kept.counting = 0
        return CoreState.from_buffer_copy, (bytes(kept),)


_STATE = ctypes.POINTER(CoreState)


def build() -> Path:
    """The shared library of the core, built unless the cache has it. Raises NoCompiler."""
    built = library(f"core-{sources_digest()}")
    if not built.exists():
        compile_library(built, [SOURCE / "cortexm0.c"], "-O3")
    return built


@cache
def load() -> ctypes.CDLL:
    """The library, its functions declared. Raises NoCompiler."""
    library = ctypes.CDLL(str(build()))
    library.core_run.argtypes = library.core_reset.argtypes = library.core_reset_timer.argtypes = (_STATE,)
    library.core_run.restype = library.core_size.restype = library.core_load.restype = ctypes.c_uint32
    library.core_reset.restype = library.core_reset_timer.restype = None
    library.core_set_irq.restype = library.core_store.restype = library.core_place.restype = None
    library.core_place_count.restype = library.core_guard_count.restype = ctypes.c_uint32
    library.core_place_at.argtypes, library.core_place_at.restype = (ctypes.c_uint32,), ctypes.c_uint32
    library.core_place.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
    library.core_kind.argtypes, library.core_kind.restype = (ctypes.c_uint32,), ctypes.c_char_p
    library.core_set_irq.argtypes = library.core_load.argtypes = (_STATE, ctypes.c_uint32, ctypes.c_uint32)
    library.core_store.argtypes = (_STATE, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_uint32)
    library.core_cycles_per_us.restype = ctypes.c_uint32
    mirrored = ctypes.sizeof(CoreState), CYCLES_PER_US
    if (library.core_size(), library.core_cycles_per_us()) != mirrored:
        raise RuntimeError("native/core.h and core_library.py differ: bring the two in line.")
    return library
