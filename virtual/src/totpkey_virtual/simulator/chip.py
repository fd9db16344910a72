"""One power-on of the key's RP2040 with CircuitPython: boot.py, code.py, each run, reloads, resets, safe
mode.
"""

from __future__ import annotations

from totpkey_virtual.boards import CIRCUITPYTHON_BUILD
from totpkey_virtual.key import Usb
from totpkey_virtual.simulator import timing
from totpkey_virtual.simulator.context import ChipState, Context, Entropy, Outcome, Reload
from totpkey_virtual.simulator.drive import Drive
from totpkey_virtual.simulator.flash import Flash
from totpkey_virtual.simulator.loader import Loader, describe
from totpkey_virtual.simulator.machine import SECOND, ChipReset, PowerLost
from totpkey_virtual.simulator.standins import built_in_modules, open_function, print_function
from totpkey_virtual.simulator.wiring import Wiring


class Run:
    """One run of Python, with modules of its own."""

    def __init__(self, chip: ChipState) -> None:
        self.context = context = Context(chip)
        context.modules.update(built_in_modules(context))
        functions = {"open": open_function(context), "print": print_function(context)}
        self.loader = Loader(
            chip.flash, chip.drive, context.modules, context.loaded, functions, self._spend_loop
        )

    def _spend_loop(self) -> None:
        self.context.machine.pass_by(timing.LOOP)

    def execute(self, path: str) -> tuple[Outcome, str]:
        """Run a file to its end. Returns how it ended, and the traceback if it failed."""
        try:
            self.loader.run(path)
        except SystemExit:
            return Outcome.DONE, ""
        except Reload:
            return Outcome.RELOAD, ""
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - as CircuitPython's main loop does
            return Outcome.FAILED, describe(error)
        return Outcome.DONE, ""


_CODE_FILES = ("/code.txt", "/code.py", "/main.py", "/main.txt")
_BOOT_OUTPUT = "/boot_out.txt"


class Chip(ChipState):
    """A chip that boots, runs code.py and resets. `main` runs in the firmware's thread."""

    def __init__(
        self, flash: Flash, wiring: Wiring, board_id: str, uid: bytes, host: Usb, entropy: Entropy
    ) -> None:
        super().__init__(flash, wiring, board_id, uid, host, entropy)
        flash.now = lambda: self.machine.now
        flash.on_power_loss = self._lose_power
        self.run: Run | None = None

    def main(self) -> None:
        """Run until the power goes."""
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

    # From reset to code.py

    def _boot(self) -> None:
        if self.next_is_bootloader:
            self._sleep_for_ever()
        self.safe_mode, self.next_safe_mode = self.next_safe_mode, None
        self.usb.set_defaults()
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
        """Enter safe mode unless a boot keyboard is interface 0, as CircuitPython does."""
        usb = self.usb
        if usb.boot_device and (usb.console_enabled or usb.data_enabled or usb.drive_enabled):
            self.next_safe_mode = "USB_BOOT_DEVICE_NOT_INTERFACE_ZERO"
            raise ChipReset("SOFTWARE")

    def _run_boot(self) -> None:
        before = len(self.console)
        self.print(
            f"Adafruit CircuitPython {CIRCUITPYTHON_BUILD}; {self.machine_name}\n"
            f"Board ID:{self.board_id}\nUID:{self.uid.hex().upper()}\n"
        )
        self.drive.unprotected = True
        if self.drive.is_file("/boot.py"):
            self.print("boot.py output:\n")
            self._run_file("/boot.py")
        self._keep_boot_output(self.console[before:].encode())
        self.drive.unprotected = False

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
            for cleanup in self.run.context.cleanups:
                cleanup()
        self.run = None
        self.usb.keyboard.received = None

    def _run_code(self) -> bool:
        """Run code.py once. Returns whether to run it again."""
        config = self.next_code
        candidates = (*((config.path,) if config and config.path else ()), *_CODE_FILES)
        path = next((candidate for candidate in candidates if self.drive.is_file(candidate)), None)
        outcome = Outcome.DONE if path is None else self._run_file(path)
        if config is self.next_code and config is not None and outcome not in config.sticky_on:
            self.next_code = None
        self.run_reason = "SUPERVISOR_RELOAD"
        return outcome is Outcome.RELOAD or (config is not None and outcome in config.reload_on)
