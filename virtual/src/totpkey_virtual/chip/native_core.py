"""One processor: the core in C with its memories, and what it asks of Python."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from totpkey_virtual.chip import translations
from totpkey_virtual.chip.core_library import (
    FLASH,
    NEVER,
    STOP_LOCKUP,
    CoreState,
    ReadWord,
    WriteWord,
    load,
)


class ChipLockup(RuntimeError):
    """The emulated processor faulted while it handled a fault."""


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
    ) -> None:
        self._memories = memories
        self._error: BaseException | None = None
        self._read_word = read_word
        self._write_word = write_word
        mask = len(memories["flash"]) - 1
        self.state = CoreState(deadline=NEVER, flash_mask=mask)
        self._connect()

    def memory(self, name: str) -> bytearray:
        """One of the memories, to look at."""
        return self._memories[name]

    def _connect(self) -> None:
        """Point the state at the memories and at the callbacks."""
        self._library = load()
        self._pinned = {name: (ctypes.c_uint8 * len(m)).from_buffer(m) for name, m in self._memories.items()}
        for name, view in self._pinned.items():
            setattr(self.state, name, ctypes.addressof(view))
        self.state.read_word = ReadWord(self._guarded_read)
        self.state.write_word = WriteWord(self._guarded_write)
        translations.tables(self._memories).install(self.state)
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

    def doubt_flash(self) -> None:
        """Use no translation of code in flash until it has been compared: flash has changed."""
        self.state.in_force &= ~FLASH
        self.state.unsure |= FLASH

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
