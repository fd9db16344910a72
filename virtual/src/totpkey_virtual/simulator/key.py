"""`SimulatedKey` runs a drive's boot.py and code.py on CPython, in virtual time."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from totpkey_protocol.boards import BOARDS
from totpkey_protocol.element_pins import ELEMENT_PINS
from totpkey_virtual.boards import identity
from totpkey_virtual.clock_chip import ClockChip, Now
from totpkey_virtual.ds3231 import DS3231
from totpkey_virtual.key import Usb, VirtualKey
from totpkey_virtual.secure_element import SecureElement
from totpkey_virtual.simulator.chip import Chip
from totpkey_virtual.simulator.context import Entropy
from totpkey_virtual.simulator.flash import Flash
from totpkey_virtual.simulator.machine import MS, SECOND
from totpkey_virtual.simulator.wiring import Wiring

#: How often `run_until` evaluates its condition, and for a key that dozes.
_STEP, _DOZING_STEP = MS, 5 * MS


class SimulatedKey(VirtualKey):
    """A key with the content of a drive folder, which is copied at construction and never written to.

    Files in `alone` share no flash sector with others. `unix_time` is the initial true time. `entropy` feeds
    `os.urandom` and `random` on the key. `clock` is the kind of its clock chip, and `element` makes its
    secure element. Raises ValueError for a board of which only the firmware knows.
    """

    _flash: Flash

    def __init__(
        self,
        drive: Path,
        board: str = "adafruit_qt2040_trinkey",
        *,
        alone: Collection[str] = (),
        unix_time: float = 1_800_000_000.0,
        uid: bytes | None = None,
        entropy: Entropy = os.urandom,
        clock: Callable[[Now], ClockChip] = DS3231,
        element: Callable[[Now], SecureElement] | None = None,
    ) -> None:
        # So that it fails here, and not as it gets power.
        identity(board)
        self.board = board
        self._flash = Flash(drive, BOARDS[board].flash, alone)
        self.usb = Usb()
        self.uid = uid or hashlib.sha256(board.encode()).digest()[:8]
        self._entropy = entropy
        self._dozes = False
        self._true_time_at_power_on = unix_time
        self._host_leds = 0
        self._chip: Chip | None = None
        self.wiring = Wiring(BOARDS[board], clock(lambda: self.true_time), ELEMENT_PINS.get(board, ()))
        self.wiring.element = element(lambda: self.true_time) if element else None

    # Time and power

    @property
    def true_time(self) -> float:
        return self._true_time_at_power_on + self._now / SECOND

    @property
    def uptime_ms(self) -> float:
        return self._now / MS

    @property
    def plugged(self) -> bool:
        return self._chip is not None

    @property
    def sleep_memory(self) -> bytes:
        """The RAM that a reset keeps. Empty while unplugged."""
        return bytes(self._chip.sleep_memory) if self._chip else b""

    @property
    def dozes(self) -> bool:
        """Whether it is quicker while idle, and less exact (see `idle`)."""
        return self._dozes

    @dozes.setter
    def dozes(self, dozes: bool) -> None:
        self._dozes = dozes
        if self._chip is not None:
            self._chip.idle.dozes = dozes

    @property
    def _now(self) -> int:
        return self._chip.machine.now if self._chip else 0

    def plug(self) -> None:
        if self._chip is not None:
            raise RuntimeError("the key is plugged in already")
        self.usb.reports.clear()
        self._flash.power_on()
        self._chip = Chip(self._flash, self.wiring, self.board, self.uid, self.usb, self._entropy)
        self._chip.usb.host_leds = self._host_leds
        self._chip.usb.computer_listens = self.at_a_computer
        self._chip.idle.dozes = self._dozes
        if self.element:
            self.element.on_power_loss = self._flash.lose_power
            self.element.power_on()
        self._chip.machine.start(self._chip.main)

    def unplug(self) -> None:
        chip = self._plugged
        chip.machine.cut_power()
        self._true_time_at_power_on = self.true_time
        self._chip = None
        self._flash.power_off()
        self.usb.enumeration = None
        self.wiring.reset()
        self.clock.lose_supply()
        if self.element:
            self.element.power_off()

    def wait_unplugged(self, seconds: float) -> None:
        if self._chip is not None:
            raise RuntimeError("the key is plugged in")
        self._true_time_at_power_on += seconds

    def run(self, seconds: float) -> None:
        machine = self._plugged.machine
        machine.run_to(machine.now + round(seconds * SECOND))
        self._notice_power_loss()

    def _notice_power_loss(self) -> None:
        if not self._flash.powered:
            self.unplug()

    def run_until(self, condition: Callable[[], bool], limit: float = 10.0) -> bool:
        machine = self._plugged.machine
        if condition():
            return True
        met = machine.run_until(
            condition, machine.now + round(limit * SECOND), _DOZING_STEP if self._dozes else _STEP
        )
        self._notice_power_loss()
        return met or (not self.plugged and condition())

    @property
    def _plugged(self) -> Chip:
        if self._chip is None:
            raise RuntimeError("the key is not plugged in")
        return self._chip

    # Person

    def set_button(self, pressed: bool) -> None:
        self.wiring.touch(self.wiring.board.button, pressed)

    @property
    def light(self) -> tuple[int, int, int]:
        return self.wiring.light

    @property
    def clock(self) -> ClockChip:
        return self.wiring.clock

    @property
    def element(self) -> SecureElement | None:
        return self.wiring.element

    # Computer

    @property
    def glass(self) -> tuple[tuple[bool, ...], ...]:
        return self.wiring.glass

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        self._plugged.machine.after(round(seconds * SECOND), action)

    def set_host_leds(self, mask: int, by_control: bool = False) -> None:
        # Without endpoints there is one path for both ways.
        self._host_leds = mask
        if self._chip is not None:
            self._chip.usb.host_leds = mask
            self._chip.usb.send_leds()

    def set_polling(self, polls: bool) -> None:
        self._plugged.usb.polls = polls

    def set_poll_gaps(self, gaps: Sequence[int]) -> None:
        self._plugged.usb.keyboard.poll_after(gaps)

    def reset_port(self, seconds: float = 0.01) -> None:
        self._plugged.usb.reset_port(round(seconds * SECOND))

    def suspend(self) -> None:
        self._plugged.usb.suspend()

    def resume(self) -> None:
        self._plugged.usb.resume()

    @property
    def wake_requests(self) -> int:
        """None ever: a sealed CircuitPython signals no remote wake-up."""
        return 0

    def open_serial(self) -> None:
        """Raises OSError(ENODEV) while the key shows no serial port."""
        self._chip_with_serial().usb.data.open()

    def close_serial(self) -> None:
        if self._chip is not None:
            self._chip.usb.data.close()

    def write_serial(self, data: bytes) -> None:
        """Raises OSError(ENODEV) unless the key shows a serial port and it is open."""
        port = self._chip_with_serial().usb.data
        if not port.is_open:
            raise OSError(errno.ENODEV, "the serial port is closed")
        port.write_from_host(data)

    def read_serial(self) -> bytes:
        return b"" if self._chip is None else self._chip.usb.data.read_by_host()

    def _chip_with_serial(self) -> Chip:
        chip = self._plugged
        if self.usb.enumeration is None or not chip.usb.data_enabled:
            raise OSError(errno.ENODEV, "the key shows no serial port")
        return chip

    # For tests, beyond what a person or a computer can see

    @property
    def console(self) -> str:
        """All that was printed since power-on, tracebacks included."""
        return self._plugged.console

    def crash(self, reason: str = "HARD_FAULT") -> None:
        """Crash CircuitPython into safe mode for `reason`. "USER" is the way that a person takes there."""
        self._plugged.crash(reason)
