"""A second emulated Pico that runs the finger's program, and a bench where it presses and unplugs a board."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from rp2040py.gpio_pin import GPIOPinState

from extensions.board_test.tests.virtual_bench import TWO, VirtualBench
from totpkey.cli.simulation.direct import DirectTransport
from totpkey_board_test.terminal import ASKED, Finger
from totpkey_virtual.chip.key import ChipKey
from totpkey_virtual.key import VirtualKey

PROGRAM = Path(__file__).resolve().parents[1] / "jig" / "finger"
#: The Pico's pins, as docs/guide/board-test.md has them.
BUTTON, BOOT, POWER = 2, 3, 4
#: Both run in turns of this length, in s.
_TURN = 0.004


class FingerChip:
    """The Pico, and the levels of its pins."""

    def __init__(self, image: Path, folder: Path) -> None:
        drive = folder / "finger"
        drive.mkdir()
        for name in ("boot.py", "main.py"):
            shutil.copy(PROGRAM / name, drive)
        self.chip = ChipKey(image, drive)
        self.chip.plug()
        assert self.chip.run_until(lambda: self.chip.usb.enumeration is not None, 10)
        self.chip.run(2)
        self.talk = Finger(DirectTransport(self.chip), ticks=lambda: self.chip.uptime_ms / 1000)

    def low(self, pin: int) -> bool:
        machine = self.chip._machine
        assert machine is not None
        return bool(machine.gpio[pin].value == GPIOPinState.LOW)


class FingerBench(VirtualBench):
    """The board's time and the Pico's pass together."""

    def __init__(self, key: VirtualKey, finger: FingerChip, **more: Any) -> None:
        super().__init__(key, has=TWO, **more)
        self.finger = finger
        self._run_alone = key.run
        key.run = self._run_both  # type: ignore[method-assign]

    def _run_both(self, seconds: float) -> None:
        while seconds > 0:
            turn = min(seconds, _TURN)
            seconds -= turn
            self.finger.chip.run(turn)
            self._obey_wires()
            if self.key.plugged:
                self._run_alone(turn)
            else:
                self.key.wait_unplugged(turn)

    def _obey_wires(self) -> None:
        self.key.set_button(self.finger.low(BUTTON))
        if self.finger.low(POWER) and self.key.plugged:
            self.key.unplug()
        elif not self.finger.low(POWER) and not self.key.plugged:
            self.key.plug()

    def wait(self, seconds: float) -> None:
        self._run_both(seconds)

    def ask_for(self, action: str, text: str) -> None:
        self.asked.append(action)
        self.finger.talk.ask(ASKED[action])

    def _await(self, within: float) -> None:
        self._run_both(0.5)
        end = self.now() + within
        while not self._has_serial() and self.now() < end:
            self._run_both(0.1)
        self._run_both(2.5)
