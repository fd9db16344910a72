"""A key without hardware, as a person and a computer meet it: plug, button, light, USB, time.

The simulator and the emulated chip are both a `VirtualKey`; tests, `totpkey simulate` and the demo
know only this. Time is driven: nothing moves but by `run`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from totpkey.volume import fat_reader
from totpkey_virtual.clock_chip import ClockChip
from totpkey_virtual.flash import DRIVE_START, NVM_START, FlashCells, FlashOperation, PowerCut, Watcher
from totpkey_virtual.secure_element import SecureElement
from totpkey_virtual.snapshot import Snapshot


@dataclass(frozen=True)
class Interface:
    """One USB interface of the present configuration, as its descriptor gives it (USB 2.0 section 9.6.5)."""

    number: int
    usb_class: int
    subclass: int
    protocol: int
    name: str = ""


@dataclass(frozen=True)
class Enumeration:
    """What the key told the computer about itself when it was plugged in."""

    vendor_id: int
    product_id: int
    manufacturer: str
    product: str
    serial_number: str
    interfaces: tuple[Interface, ...]

    @property
    def has_serial(self) -> bool:
        return any(interface.usb_class in (0x02, 0x0A) for interface in self.interfaces)


@dataclass(frozen=True)
class Report:
    """One keyboard input report: device time in ms since power-on, and its 8 bytes (HID 1.11 appendix B)."""

    ms: float
    data: bytes


@dataclass
class FlashUse:
    """Flash operations since power-on."""

    erases: int = 0
    programs: int = 0


class Usb:
    """The computer's side of the cable."""

    def __init__(self) -> None:
        self._enumeration: Enumeration | None = None
        self.reports: list[Report] = []
        #: Told of each report at the moment when the computer's poll takes it.
        self.on_report: Callable[[Report], None] = lambda _report: None
        #: Told when the computer has configured the key (True), and when the key has gone (False).
        self.on_presence: Callable[[bool], None] = lambda _present: None

    @property
    def enumeration(self) -> Enumeration | None:
        """None while unplugged or before the computer has configured the key."""
        return self._enumeration

    @enumeration.setter
    def enumeration(self, told: Enumeration | None) -> None:
        was_present, self._enumeration = self._enumeration is not None, told
        if was_present != (told is not None):
            self.on_presence(told is not None)

    def take(self, report: Report) -> None:
        """A report has come."""
        self.reports.append(report)
        self.on_report(report)


class VirtualKey(ABC):
    """A key on a virtual desk.

    `true_time` is the Unix time (UTC, float) of the world the key lives in; it moves with `run` while
    plugged in and with `wait_unplugged` while not, and the clock chip follows it.
    """

    board: str
    usb: Usb
    #: Whether a computer is at the other end of the cable; else a charger, from the next `plug` on.
    at_a_computer = True

    @property
    @abstractmethod
    def true_time(self) -> float: ...

    @property
    @abstractmethod
    def uptime_ms(self) -> float:
        """Device time since power-on."""

    @property
    @abstractmethod
    def plugged(self) -> bool:
        """False also after a power cut."""

    @abstractmethod
    def plug(self) -> None:
        """Give the key power and a computer. Nothing runs until `run`."""

    @abstractmethod
    def unplug(self) -> None:
        """Take power away at once. Flash and the clock chip keep what they hold."""

    @abstractmethod
    def wait_unplugged(self, seconds: float) -> None:
        """Let time pass for an unplugged key."""

    @abstractmethod
    def run(self, seconds: float) -> None:
        """Let `seconds` of device time pass, or less where the power is cut; then `plugged` is False."""

    @abstractmethod
    def run_until(self, condition: Callable[[], bool], limit: float = 10.0) -> bool:
        """Let time pass until `condition()`; False if `limit` seconds of device time went by first."""

    @abstractmethod
    def set_button(self, pressed: bool) -> None: ...

    @property
    @abstractmethod
    def light(self) -> tuple[int, int, int]:
        """What the light shows now, red, green and blue from 0 to 255; a plain LED is white or off."""

    @property
    def glass(self) -> tuple[tuple[bool, ...], ...]:
        """The rows of pixels of its display, from the top; none without one, or before it shows anything."""
        return ()

    @abstractmethod
    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Do `action` in so much device time, if the key is still plugged in then."""

    @abstractmethod
    def set_host_leds(self, mask: int, by_control: bool = False) -> None:
        """Set the lock keys' state, and tell the key, if it is there, by an output report.

        Bit 0 is NumLock, bit 1 CapsLock (HID 1.11 appendix B). A key that comes later is told 90 ms after it
        was configured, and only if one of them is on, as Linux does. `by_control`: by SET_REPORT (HID 1.11
        section 7.2.2), even where there is an OUT end point.
        """

    @abstractmethod
    def reset_port(self) -> None:
        """The computer resets the port and configures the key anew, as when it restarts; or, after a suspend,
        another computer does so behind a switch. The key keeps its power.
        """

    @abstractmethod
    def set_poll_gaps(self, gaps: Sequence[int]) -> None:
        """Poll the keyboard after so many ms, one gap after the other and then from the first again."""

    @property
    @abstractmethod
    def wake_requests(self) -> int:
        """How often the key has asked a sleeping computer to wake up since power-on."""

    @abstractmethod
    def suspend(self) -> None:
        """The computer goes to sleep, or lets the port sleep: no frames, no polls."""

    @abstractmethod
    def resume(self) -> None:
        """The computer wakes the port up."""

    @abstractmethod
    def set_polling(self, polls: bool) -> None:
        """Whether the computer asks its keyboards for reports. False: it hangs, but its bus goes on."""

    @abstractmethod
    def open_serial(self) -> None:
        """A program on the computer opens the serial port (DTR on)."""

    @abstractmethod
    def close_serial(self) -> None: ...

    @abstractmethod
    def write_serial(self, data: bytes) -> None:
        """Queue bytes towards the key. They arrive as time passes."""

    @abstractmethod
    def read_serial(self) -> bytes:
        """All bytes that have come from the key and were not read yet."""

    @property
    @abstractmethod
    def clock(self) -> ClockChip:
        """The clock chip on the key's I2C bus."""

    @property
    @abstractmethod
    def element(self) -> SecureElement | None:
        """The secure element on the key's SPI bus, if it has one."""

    @abstractmethod
    def crash(self) -> None:
        """CircuitPython itself fails, as by a bad pointer: the processor meets a hard fault now."""

    # Flash

    #: The cells, set by each kind.
    _flash: FlashCells

    @property
    def flash(self) -> bytes:
        """The whole content of the flash chip."""
        return bytes(self._flash.cells)

    @flash.setter
    def flash(self, content: bytes) -> None:
        self._flash.load(content)

    @property
    def flash_operations(self) -> list[FlashOperation]:
        """Every erase and program since power-on, in order."""
        return self._flash.operations

    def cut_power_at(self, cut: PowerCut | None) -> None:
        """Let the power fail at that flash operation; None takes it back. `run` then stops there."""
        self._flash.cut = cut

    def watch_flash(self, watcher: Watcher | None) -> None:
        """Have `watcher` told of every erase and program from now on; None ends that."""
        self._flash.watcher = watcher

    @property
    def flash_use(self) -> FlashUse:
        kinds = [operation.kind for operation in self.flash_operations]
        return FlashUse(kinds.count("erase"), kinds.count("program"))

    @property
    def drive(self) -> Mapping[str, bytes]:
        """The files on CIRCUITPY as they lie in flash now, by path."""
        return fat_reader.read(self.flash[DRIVE_START:])

    @property
    def nvm(self) -> bytes:
        """The 4096 bytes of `microcontroller.nvm`."""
        return self.flash[NVM_START:DRIVE_START]

    def snapshot(self) -> Snapshot[Self]:
        """The key as it is now: each `restore()` of it gives a key that goes on from here.

        Whatever watches the key (`usb.on_report`, `watch_flash`) is copied with it. Raises TypeError where
        that is not possible: for a simulated key that is plugged in, and for any while the computer asks it
        what it is.
        """
        return Snapshot(self)

    def press(self, seconds: float = 0.08) -> None:
        """Press the button for `seconds`, then let it go."""
        self.set_button(True)
        self.run(seconds)
        self.set_button(False)
