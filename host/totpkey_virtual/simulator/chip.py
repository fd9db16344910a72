"""One power-on of the key's RP2040 with CircuitPython: boot.py, code.py, reloads, resets, safe mode."""

from __future__ import annotations

from collections.abc import Callable

from ..key import Usb
from ..taps import Channel, Tap
from . import timing
from .drive import Drive
from .ending import NextCode, Outcome
from .flash import Flash
from .identities import CIRCUITPYTHON_DATE, CIRCUITPYTHON_VERSION, IDENTITIES
from .idle import Idle
from .machine import SECOND, ChipReset, Machine, PowerLost, Timer
from .run import Run
from .usb import UsbDevice
from .wiring import Wiring

#: Gives that many random bytes.
Entropy = Callable[[int], bytes]

SLEEP_MEMORY_BYTES = 256

_CODE_FILES = ("/code.txt", "/code.py", "/main.py", "/main.txt")
_BOOT_OUTPUT = "/boot_out.txt"


class Watchdog:
    """The hardware timer behind `microcontroller.watchdog`."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._timer: Timer | None = None
        self.timeout = 0.0
        self.running = False

    def feed(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self.running:
            self._timer = self._machine.after(round(self.timeout * SECOND), self._bite)

    def stop(self) -> None:
        self.running = False
        self.feed()

    def _bite(self) -> None:
        self._machine.halt(ChipReset("WATCHDOG"))


class Chip:
    """State from power-on to power-off; `main` is what the firmware's thread runs."""

    def __init__(
        self, flash: Flash, wiring: Wiring, board_id: str, uid: bytes, host: Usb, entropy: Entropy
    ) -> None:
        self.machine = Machine()
        self.flash = flash
        flash.now = lambda: self.machine.now
        flash.on_power_loss = self._lose_power
        self.wiring = wiring
        self.board_id = board_id
        self.uid = uid
        self.entropy = entropy
        self.drive = Drive(flash, self.machine)
        self.usb = UsbDevice(self.machine, IDENTITIES[board_id], uid.hex().upper(), host)
        self.watchdog = Watchdog(self.machine)
        self.idle = Idle(self)
        self.sleep_memory = bytearray(SLEEP_MEMORY_BYTES)
        #: What the firmware printed, tracebacks included, whether or not any console shows it.
        self.console = ""
        self._printed = Tap(Channel.CONSOLE)
        self.reset_reason = "POWER_ON"
        self.run_reason = "STARTUP"
        self.run: Run | None = None
        #: Reason of the present safe mode, and of the one that the next reset leads to.
        self.safe_mode: str | None = None
        self.next_safe_mode: str | None = None
        self.next_is_bootloader = False
        self.next_code: NextCode | None = None
        self.previous_traceback = ""
        self.booted_at = 0

    def print(self, text: str) -> None:
        """Text for the console."""
        self.console += text
        self._printed.tell(text.encode())

    def main(self) -> None:
        """Live until the power goes."""
        while True:
            try:
                self._boot()
            except ChipReset as reset:
                self._reset(reset.reason)

    def _reset(self, reason: str) -> None:
        self.drive.unmount()
        self.machine.restart()
        self.usb.detach()
        self.watchdog.stop()
        self.wiring.reset()
        self._end_run()
        self.drive = Drive(self.flash, self.machine)
        self.reset_reason = reason
        self.run_reason = "STARTUP"
        self.next_code = None
        self.booted_at = self.machine.now

    def _lose_power(self) -> None:
        self.machine.halt(PowerLost())

    def crash(self, safe_mode: str) -> None:
        """A fault of CircuitPython itself: it resets into safe mode for that reason."""
        self.next_safe_mode = safe_mode
        self.machine.halt(ChipReset("SOFTWARE"))

    # From reset to code.py

    def _boot(self) -> None:
        if self.next_is_bootloader:
            self._sleep_for_ever()
        self.safe_mode, self.next_safe_mode = self.next_safe_mode, None
        self.usb.set_defaults()
        if self.reset_reason != "WATCHDOG" and self.safe_mode is None:
            self.machine.spend(timing.SAFE_MODE_WAIT)
        self.machine.spend(timing.START)
        self.drive.mount()
        if self.safe_mode is None:
            self._run_boot()
            self._check_boot_device()
        elif self.safe_mode != "USER" and self.drive.is_file("/safemode.py"):
            self._run_file("/safemode.py")
        self.machine.spend(timing.BOOT_TO_CODE)
        self.usb.attach()
        while self.safe_mode is None and self._run_code():
            self.machine.spend(timing.RELOAD)
        self._sleep_for_ever()

    def _sleep_for_ever(self) -> None:
        while True:
            self.machine.spend(SECOND)

    def _check_boot_device(self) -> None:
        """A boot keyboard must be interface 0; CircuitPython goes to safe mode otherwise."""
        usb = self.usb
        if usb.boot_device and (usb.console_enabled or usb.data_enabled or usb.drive_enabled):
            self.next_safe_mode = "USB_BOOT_DEVICE_NOT_INTERFACE_ZERO"
            raise ChipReset("SOFTWARE")

    def _run_boot(self) -> None:
        before = len(self.console)
        self.print(
            f"Adafruit CircuitPython {CIRCUITPYTHON_VERSION} on {CIRCUITPYTHON_DATE}; {self.machine_name}\n"
            f"Board ID:{self.board_id}\nUID:{self.uid.hex().upper()}\n"
        )
        self.drive.unprotected = True
        if self.drive.is_file("/boot.py"):
            self.print("boot.py output:\n")
            self._run_file("/boot.py")
        self._keep_boot_output(self.console[before:].encode())
        self.drive.unprotected = False

    @property
    def machine_name(self) -> str:
        """Board and chip, as the version line and `os.uname()` give them."""
        return f"{self.wiring.board.name} with rp2040"

    def _keep_boot_output(self, output: bytes) -> None:
        if self.drive.read(_BOOT_OUTPUT) == output:
            return
        self.machine.spend(timing.BOOT_OUTPUT_WAIT)
        self.drive.write(_BOOT_OUTPUT, output)

    # Runs of Python

    def _run_file(self, path: str) -> Outcome:
        self.drive.sync()
        self.run = Run(self)
        outcome, failure = self.run.execute(path)
        self.print(failure)
        self.previous_traceback = failure
        self._end_run()
        self.drive.end_run()
        self.watchdog.stop()
        self.wiring.reset()
        return outcome

    def _end_run(self) -> None:
        if self.run is not None:
            for cleanup in self.run.cleanups:
                cleanup()
        self.run = None
        self.usb.keyboard.received = None

    def _run_code(self) -> bool:
        """Run code.py once; whether it is to be run again."""
        config = self.next_code
        candidates = (*((config.path,) if config and config.path else ()), *_CODE_FILES)
        path = next((candidate for candidate in candidates if self.drive.is_file(candidate)), None)
        outcome = Outcome.DONE if path is None else self._run_file(path)
        if config is self.next_code and config is not None and outcome not in config.sticky_on:
            self.next_code = None
        self.run_reason = "SUPERVISOR_RELOAD"
        return outcome is Outcome.RELOAD or (config is not None and outcome in config.reload_on)
