"""The Cortex-M0+ in C, as Python sees it. The machine's compiler builds it at first use."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from totpkey_virtual.chip import compiling

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
    library = compiling.library(f"core-{compiling.sources_digest()}")
    if not library.exists():
        compiling.build(library, [compiling.SOURCE / "cortexm0.c"], "-O3")
    return library


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
