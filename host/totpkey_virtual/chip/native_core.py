"""The Cortex-M0+ in C. The machine's compiler builds it at first use; the user's cache keeps it."""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from totpkey.system import folders

SOURCE = Path(__file__).parent / "native"
CACHE = folders.cache()
#: "Nothing is scheduled", for a sleeping processor (`Core.systick_at`, `Core.deadline`).
NEVER = 2**64 - 1

STOP_DEADLINE, STOP_ASKED, STOP_LOCKUP = range(3)

ReadWord = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_uint32)
WriteWord = ctypes.CFUNCTYPE(None, ctypes.c_uint32, ctypes.c_uint32)


class NoCompiler(RuntimeError):
    """The core cannot be built on this machine."""


class ChipLockup(RuntimeError):
    """The emulated processor faulted while it handled a fault."""


def _words(names: str, kind: type[Any] = ctypes.c_uint32) -> list[tuple[str, type[Any]]]:
    return [(name, kind) for name in names.split()]


_POINTERS = ("rom", "flash", "sram", "dpram", "window")


class CoreState(ctypes.Structure):
    """`Core` of native/core.h, field by field."""

    _fields_ = (
        *_words("cycles deadline timer_epoch systick_at timer_at until", ctypes.c_uint64),
        *_words("rom flash sram dpram", ctypes.c_void_p),
        ("read_word", ReadWord),
        ("write_word", WriteWord),
        ("window", ctypes.c_void_p),
        ("r", ctypes.c_uint32 * 16),
        *_words("n z c v primask using_psp other_sp unprivileged ipsr"),
        *_words("window_start window_size"),
        *_words("attention stop fault sleeping event waits_for_event"),
        *_words("irq_lines irq_pending irq_enabled system_pending"),
        ("irq_priority", ctypes.c_uint32 * 8),
        *_words("shpr2 shpr3 vtor scr systick_control systick_reload"),
        *_words("flash_mask cycles_per_us timer_latch spinlocks"),
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
        return CoreState.from_buffer_copy, (bytes(kept),)


_STATE = ctypes.POINTER(CoreState)


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


def build() -> Path:
    """The shared library of the core, built unless the cache has it. Raises NoCompiler."""
    files = sorted(SOURCE.glob("*.[ch]"))
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    name = f"core-{digest[:16]}-{sys.platform}.so"
    library = CACHE / name
    if library.exists():
        return library
    if not _takes_files(CACHE):
        library = Path(_for_this_process().name) / name
    fresh = library.with_suffix(f".{os.getpid()}")
    source = str(SOURCE / "cortexm0.c")
    command = [*compiler(), "-std=c99", "-O3", "-fPIC", "-shared", "-o", str(fresh), source]
    built = subprocess.run(command, capture_output=True, text=True)  # noqa: S603 - our own file, no shell
    if built.returncode:
        raise NoCompiler(
            f"{command[0]} could not build the emulated processor. Check that it works:\n{built.stderr}"
        )
    # If two processes build at once, the last rename wins, with the same content.
    fresh.replace(library)
    return library


def _takes_files(folder: Path) -> bool:
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    return os.access(folder, os.W_OK)


@cache
def _for_this_process() -> TemporaryDirectory[str]:
    """Replaces the cache if the home directory is not writable."""
    return TemporaryDirectory(prefix="totpkey-")


@cache
def load() -> ctypes.CDLL:
    """The library, its functions declared. Raises NoCompiler."""
    library = ctypes.CDLL(str(build()))
    library.core_run.argtypes = library.core_reset.argtypes = library.core_reset_timer.argtypes = (_STATE,)
    library.core_run.restype = library.core_size.restype = library.core_load.restype = ctypes.c_uint32
    library.core_reset.restype = library.core_reset_timer.restype = None
    library.core_set_irq.restype = library.core_store.restype = None
    library.core_set_irq.argtypes = library.core_load.argtypes = (_STATE, ctypes.c_uint32, ctypes.c_uint32)
    library.core_store.argtypes = (_STATE, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_uint32)
    if library.core_size() != ctypes.sizeof(CoreState):
        raise RuntimeError("native/core.h and CoreState differ: bring the two in line.")
    return library


class NativeCore:
    """One processor, and the memories that it reaches without Python.

    `read_word` and `write_word` serve every address that the C code does not know. An exception in them
    cannot cross the C frames, so it ends `run`, which raises it again.
    """

    def __init__(
        self,
        memories: dict[str, bytearray],
        read_word: Callable[[int], int],
        write_word: Callable[[int, int], None],
        cycles_per_us: int,
    ) -> None:
        self._memories = memories
        self._error: BaseException | None = None
        self._read_word = read_word
        self._write_word = write_word
        mask = len(memories["flash"]) - 1
        self.state = CoreState(deadline=NEVER, cycles_per_us=cycles_per_us, flash_mask=mask)
        self._connect()

    def _connect(self) -> None:
        """Point the state at the memories and at the callbacks."""
        self._library = load()
        self._pinned = {name: (ctypes.c_uint8 * len(m)).from_buffer(m) for name, m in self._memories.items()}
        for name, view in self._pinned.items():
            setattr(self.state, name, ctypes.addressof(view))
        self.state.read_word = ReadWord(self._guarded_read)
        self.state.write_word = WriteWord(self._guarded_write)
        self._reference = ctypes.byref(self.state)

    def __getstate__(self) -> tuple[Any, ...]:
        return self._memories, self._read_word, self._write_word, self.state

    def __setstate__(self, kept: tuple[Any, ...]) -> None:
        self._memories, self._read_word, self._write_word, self.state = kept
        self._error = None
        self._connect()

    def reset(self) -> None:
        self._library.core_reset(self._reference)

    def reset_timer(self) -> None:
        self._library.core_reset_timer(self._reference)

    def set_interrupt(self, irq: int, value: bool) -> None:
        """Set the level of one of the 26 interrupt lines (RP2040 datasheet section 2.3.2)."""
        # Most blocks tell their level after every access, and most of the time it is as before.
        if self.state.irq_lines >> irq & 1 != value:
            self._library.core_set_irq(self._reference, irq, value)

    def load(self, address: int, size: int) -> int:
        """Read 1, 2 or 4 bytes as a bus master beside the processor."""
        return int(self._library.core_load(self._reference, address, size))

    def store(self, address: int, value: int, size: int) -> None:
        """Write 1, 2 or 4 bytes as a bus master beside the processor."""
        self._library.core_store(self._reference, address, value, size)

    def stop(self) -> None:
        """Make `run` return after the present instruction."""
        self.state.stop = 1
        self.state.attention = 1

    def take_buffers_touched(self) -> bool:
        """Whether the firmware has written a USB buffer control word since the last call."""
        touched, self.state.buffers_touched = self.state.buffers_touched, 0
        return bool(touched)

    def raise_bus_fault(self) -> None:
        """Raise HardFault: the present access reached nothing."""
        self.state.fault = 1
        self.state.attention = 1

    def fault_now(self) -> None:
        """Raise HardFault in place of the next instruction, as for a bad pointer."""
        self.state.sleeping = 0
        self.raise_bus_fault()

    def run(self) -> None:
        """Execute up to `state.deadline` or a `stop`. Raises ChipLockup, and what the callbacks raised."""
        reason = self._library.core_run(self._reference)
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        if reason == STOP_LOCKUP:
            raise ChipLockup(f"The processor locked up at {self.state.r[15]:#010x}.")

    def _guarded_read(self, address: int) -> int:
        try:
            return self._read_word(address)
        except BaseException as error:  # noqa: BLE001 - kept for `run`, which raises it
            self._error = error
            self.stop()
            return 0

    def _guarded_write(self, address: int, value: int) -> None:
        try:
            self._write_word(address, value)
        except BaseException as error:  # noqa: BLE001 - kept for `run`, which raises it
            self._error = error
            self.stop()
