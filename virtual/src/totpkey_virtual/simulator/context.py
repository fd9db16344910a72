"""What the stand-ins of one run of Python share: the chip's state, the run's own, how a run can end, and how
modules and constants are made.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from types import ModuleType
from typing import TYPE_CHECKING

from totpkey_virtual.boards import identity
from totpkey_virtual.key import Usb
from totpkey_virtual.simulator import timing
from totpkey_virtual.simulator.drive import Drive
from totpkey_virtual.simulator.flash import Flash
from totpkey_virtual.simulator.idle import Idle
from totpkey_virtual.simulator.machine import SECOND, ChipReset, Machine, Timer
from totpkey_virtual.simulator.usb import UsbDevice
from totpkey_virtual.simulator.wiring import Wiring
from totpkey_virtual.traffic import Channel, Stream


class Outcome(Enum):
    """How a run of Python ended."""

    DONE = auto()
    FAILED = auto()
    RELOAD = auto()


class Reload(BaseException):
    """`supervisor.reload()`: this run of code.py ends and the next one starts."""


@dataclass
class NextCode:
    """The arguments of `supervisor.set_next_code_file`: the file if not code.py, after which endings to run
    it
    again, and whether to keep these settings."""

    path: str | None
    reload_on: set[Outcome]
    sticky_on: set[Outcome]


#: Returns that many random bytes.
Entropy = Callable[[int], bytes]

SLEEP_MEMORY_BYTES = 256


class Watchdog:
    """The hardware timer behind `microcontroller.watchdog`."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        #: When it bites, and the timer for that moment or for an earlier one, before it was fed again.
        self._bites_at = self._looks_at = 0
        self._timer: Timer | None = None
        self.timeout = 0.0
        self.running = False

    def feed(self, more: int = 0) -> None:
        """Put it off, by so many ns `more`. Firmware does this a thousand times a second, so a timer that is
        early enough stays.
        """
        self._bites_at = self._machine.now + round(self.timeout * SECOND) + more
        if self._timer is not None and (not self.running or self._bites_at < self._looks_at):
            self._timer.cancel()
            self._timer = None
        if self.running and self._timer is None:
            self._wait()

    def stop(self) -> None:
        self.running = False
        self.feed()

    def _wait(self) -> None:
        self._looks_at = self._bites_at
        self._timer = self._machine.after(self._bites_at - self._machine.now, self._look)

    def _look(self) -> None:
        if self._bites_at > self._machine.now:
            self._wait()
        else:
            self._timer = None
            self._machine.halt(ChipReset("WATCHDOG"))


class ChipState:
    """What a chip keeps from power-on to power-off, across runs and resets."""

    def __init__(
        self, flash: Flash, wiring: Wiring, board_id: str, uid: bytes, host: Usb, entropy: Entropy
    ) -> None:
        self.machine = Machine()
        self.flash = flash
        self.wiring = wiring
        self.board_id = board_id
        self.uid = uid
        self.entropy = entropy
        self.drive = Drive(flash, self.machine)
        self.usb = UsbDevice(self.machine, identity(board_id), uid.hex().upper(), host)
        self.watchdog = Watchdog(self.machine)
        self.idle = Idle(self.machine, self.usb, wiring, self.watchdog.feed)
        self.sleep_memory = bytearray(SLEEP_MEMORY_BYTES)
        #: All that the firmware printed, tracebacks included, even without a console.
        self.console = ""
        self._printed = Stream(Channel.CONSOLE)
        self.reset_reason = "POWER_ON"
        self.run_reason = "STARTUP"
        #: The reason for the present safe mode, and for the one after the next reset.
        self.safe_mode: str | None = None
        self.next_safe_mode: str | None = None
        self.next_is_bootloader = False
        self.next_code: NextCode | None = None
        self.previous_traceback = ""
        self.booted_at = 0

    def print(self, text: str) -> None:
        """Write text to the console."""
        self.console += text
        self._printed.notify(text.encode())

    def crash(self, safe_mode: str) -> None:
        """Reset into safe mode for that reason, as after a fault of CircuitPython itself."""
        self.next_safe_mode = safe_mode
        self.machine.halt(ChipReset("SOFTWARE"))

    @property
    def machine_name(self) -> str:
        """Board and chip, as the version line and `os.uname()` give them."""
        return f"{self.wiring.board.name} with rp2040"


class Context:
    """One run of Python on a chip. Its resources are freed when it ends."""

    def __init__(self, chip: ChipState) -> None:
        self.chip = chip
        self.machine = chip.machine
        self.directory = "/"
        self.pins_in_use: set[str] = set()
        self.cleanups: list[Callable[[], None]] = []
        #: Modules that this run has imported from the drive.
        self.loaded: dict[str, ModuleType] = {}
        #: Built-in modules, by name.
        self.modules: dict[str, ModuleType] = {}

    def call(self) -> None:
        """Spend the time of one call into a module."""
        self.machine.pass_by(timing.CALL)

    def path(self, name: str) -> str:
        """An absolute path on the drive."""
        return posixpath.normpath(posixpath.join(self.directory, name)).replace("//", "/")


if TYPE_CHECKING:
    pass


def module(name: str, **attributes: object) -> ModuleType:
    """A module with only these attributes."""
    made = ModuleType(name)
    made.__dict__.update(attributes)
    return made


def constants(full_name: str, *names: str) -> type:
    """A class of distinct constants, such as "microcontroller.ResetReason", that print as on the chip."""

    class Constant:
        def __init__(self, name: str) -> None:
            self.name = name

        def __repr__(self) -> str:
            return f"{full_name}.{self.name}"

    return type(full_name.rpartition(".")[2], (), {name: Constant(name) for name in names})
