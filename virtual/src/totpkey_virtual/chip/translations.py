"""Translations of images: which of them a core uses, and how they are made.

    with translations.counted() as jumps:
        ...  # let keys with an image do what they do most of the time
    jumps.translate()

From then on each new core with that image uses the translation, in this process and in later ones. It changes
no result, only how long one takes. Without it everything runs in the loop of `native/`.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from totpkey_virtual.chip import core_library, translator
from totpkey_virtual.chip.core_library import FLASH, ROM, SRAM, CoreState, load
from totpkey_virtual.chip.translator import Code

#: What tells one image from another: its start, with the addresses of all handlers of interrupts. Whether the
#: rest is the same is compared when the translation is used.
_TELLING = 64 * 1024
#: Code is translated if jumps to it are at least this part of all.
_BUSY = 1 / 40_000

Memories = Mapping[str, bytearray]


class Tables:
    """What a core looks code up in (`native/places.h`)."""

    def __init__(self, translation: int | None = None) -> None:
        """`translation`: the address of a `Translation` of native/core.h; None: nothing is translated."""
        library = load()
        self._places = (ctypes.c_uint32 * library.core_place_count())()
        self._guards = (ctypes.c_uint8 * library.core_guard_count())()
        self._translation = translation
        if translation:
            library.core_place(translation, self._places, self._guards)

    def install(self, state: CoreState) -> None:
        state.places, state.guards = ctypes.addressof(self._places), ctypes.addressof(self._guards)
        state.translation = self._translation
        state.in_force = state.counting = 0
        state.unsure = ROM | FLASH | SRAM if self._translation else 0


class JumpCount(Tables):
    """Counts to which addresses cores jump."""

    def __init__(self) -> None:
        super().__init__()
        self._memories: Memories = {}

    def install(self, state: CoreState) -> None:
        super().install(state)
        state.in_force, state.counting = ROM | FLASH | SRAM, 1

    def watch(self, memories: Memories) -> None:
        """`memories`: those of a core whose jumps will be counted."""
        self._memories = memories

    def counts(self) -> dict[int, int]:
        """The number of jumps to each address."""
        at = load().core_place_at
        bases = [(at(memory << 28), memory << 28) for memory in range(3)]
        size = bases[1][0] - bases[0][0]
        return {
            base + 2 * offset: count
            for first, base in bases
            for offset, count in enumerate(self._places[first : first + size])
            if count
        }

    def translate(self) -> Path:
        """Translate the busiest code of the image that ran last. Raises NoCompiler."""
        counts = self.counts()
        least = sum(counts.values()) * _BUSY
        return translate(self._memories, {at: count for at, count in counts.items() if count >= least})


def translate(memories: Memories, busy: Mapping[int, int]) -> Path:
    """Translate what begins at the addresses in `busy`, and return the library. Raises NoCompiler."""
    code = Code(memories)
    groups = translator.regions(translator.blocks(code, set(busy)), busy)
    library = place(memories)
    with TemporaryDirectory(prefix="totpkey-") as folder:
        files = []
        for number, text in enumerate(translator.sources(groups, code, os.cpu_count() or 1)):
            files.append(Path(folder) / f"part_{number}.c")
            files[-1].write_text(text)
        core_library.compile_library(library, files, "-O1")
    return library


def place(memories: Memories) -> Path:
    """Where the translation of the image in these memories is, or will be."""
    image = sha256(memoryview(memories["flash"])[:_TELLING]).hexdigest()
    return core_library.library(f"translation-{image[:16]}-{core_library.sources_digest()}")


@contextmanager
def counted() -> Iterator[JumpCount]:
    """Count the jumps of all cores that start meanwhile. They use no translation."""
    global _count
    _count = JumpCount()
    try:
        yield _count
    finally:
        _count = None


_count: JumpCount | None = None


def tables(memories: Memories) -> Tables:
    """What a new core with these memories uses."""
    if _count:
        _count.watch(memories)
        return _count
    library = place(memories)
    return _loaded(library) if library.exists() else _untranslated()


@cache
def _loaded(library: Path) -> Tables:
    symbol = ctypes.c_char.in_dll(ctypes.CDLL(str(library)), "translation")
    return Tables(ctypes.addressof(symbol))


@cache
def _untranslated() -> Tables:
    return Tables()
