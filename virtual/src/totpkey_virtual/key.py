"""The interface of a virtual key, as a person and a computer use it: plug, button, light, USB, time.

The simulator and the emulated chip implement it. Tests, `totpkey simulate` and the demo use nothing else.
Time is driven: nothing happens outside `run`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from totpkey_virtual.clock_chip import ClockChip
from totpkey_virtual.flash import (
    DRIVE_START,
    NVM_START,
    SECTOR,
    FlashCells,
    FlashOperation,
    PowerCut,
    Watcher,
)
from totpkey_virtual.secure_element import SecureElement
from totpkey_virtual.snapshot import Snapshot
from totpkey_volume import fat_reader


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
    """What the key's descriptors say of it (USB 2.0 section 9.6)."""

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
        #: Called with each report when the computer's poll takes it.
        self.on_report: Callable[[Report], None] = lambda _report: None
        #: Called when the computer has configured the key (True), and when the key has gone (False).
        self.on_presence: Callable[[bool], None] = lambda _present: None

    @property
    def enumeration(self) -> Enumeration | None:
        """None while unplugged or before the computer has configured the key."""
        return self._enumeration

    @enumeration.setter
    def enumeration(self, new: Enumeration | None) -> None:
        was_present, self._enumeration = self._enumeration is not None, new
        if was_present != (new is not None):
            self.on_presence(new is not None)

    def take(self, report: Report) -> None:
        """Store a report and pass it on."""
        self.reports.append(report)
        self.on_report(report)


class VirtualKey(ABC):
    """A key on a virtual desk.

    `true_time` is the Unix time (UTC, float) of the key's world. `run` advances it while the key is plugged
    in, `wait_unplugged` while it is not. The clock chip follows it.
    """

    board: str
    usb: Usb
    #: Whether the next `plug` connects a computer. A charger otherwise.
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
        """Remove the power at once. Flash and the clock chip keep their contents."""

    @abstractmethod
    def wait_unplugged(self, seconds: float) -> None:
        """Let time pass for an unplugged key."""

    @abstractmethod
    def run(self, seconds: float) -> None:
        """Let `seconds` of device time pass, or less if the power is cut. Then `plugged` is False."""

    @abstractmethod
    def run_until(self, condition: Callable[[], bool], limit: float = 10.0) -> bool:
        """Let time pass until `condition()`. False if `limit` seconds of device time pass first."""

    @abstractmethod
    def set_button(self, pressed: bool) -> None: ...

    @property
    @abstractmethod
    def light(self) -> tuple[int, int, int]:
        """The light's red, green and blue now, each from 0 to 255. A plain LED is white or off."""

    @property
    def glass(self) -> tuple[tuple[bool, ...], ...]:
        """The display's rows of pixels, from the top. Empty without a display or before its first use."""
        return ()

    @abstractmethod
    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Call `action` after `seconds` of device time, if the key is still plugged in then."""

    @abstractmethod
    def set_host_leds(self, mask: int, by_control: bool = False) -> None:
        """Set the state of the computer's lock keys, and send it to the key in an output report.

        Bit 0 is NumLock, bit 1 CapsLock (HID 1.11 appendix B). A key that is plugged in later gets the report
        90 ms after its configuration, and only if one of them is on, as on Linux. `by_control` sends it by
        SET_REPORT (HID 1.11 section 7.2.2), even if there is an OUT endpoint.
        """

    @abstractmethod
    def reset_port(self, seconds: float = 0.01) -> None:
        """Have the computer reset the port for `seconds`, and then configure the key again.

        A hub holds a reset for 10 to 20 ms, a computer's own port for 50 or more (USB 2.0 section 7.1.7.5).
        This is what a computer does when it restarts, and after a suspend what a KVM switch does. The key
        keeps its power.
        """

    @abstractmethod
    def set_poll_gaps(self, gaps: Sequence[int]) -> None:
        """Set the intervals between polls of the keyboard, in ms. They repeat."""

    @property
    @abstractmethod
    def wake_requests(self) -> int:
        """How often the key has asked a sleeping computer to wake up, since power-on."""

    @abstractmethod
    def suspend(self) -> None:
        """Put the computer or its port to sleep: no frames, no polls."""

    @abstractmethod
    def resume(self) -> None:
        """Wake the port up."""

    @abstractmethod
    def set_polling(self, polls: bool) -> None:
        """Set whether the computer polls its keyboards. False: it hangs, but its bus keeps running."""

    @abstractmethod
    def open_serial(self) -> None:
        """Open the serial port, as a program on the computer does (DTR on)."""

    @abstractmethod
    def close_serial(self) -> None: ...

    @abstractmethod
    def write_serial(self, data: bytes) -> None:
        """Queue bytes towards the key. They arrive as time passes."""

    @abstractmethod
    def read_serial(self) -> bytes:
        """All bytes received from the key and not read yet."""

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
        """Crash CircuitPython itself, as a bad pointer does: the processor takes a hard fault now."""

    # Flash

    #: The cells, set by each subclass.
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
        """Let the power fail at that flash operation, where `run` stops. None cancels the cut."""
        self._flash.cut = cut

    def watch_flash(self, watcher: Watcher | None) -> None:
        """Call `watcher` for every erase and program from now on. None ends that."""
        self._flash.watcher = watcher

    def set_flash_times(self, erase: float, program: float) -> None:
        """Set how long the erase of a sector and the program of a page take, in seconds."""
        self._flash.erase_nanos[SECTOR] = round(erase * 1e9)
        self._flash.program_nanos = round(program * 1e9)

    @property
    def flash_use(self) -> FlashUse:
        kinds = [operation.kind for operation in self.flash_operations]
        return FlashUse(kinds.count("erase"), kinds.count("program"))

    @property
    def drive(self) -> Mapping[str, bytes]:
        """The files on CIRCUITPY as they are in flash now, by path."""
        return fat_reader.read(self.flash[DRIVE_START:])

    @property
    def nvm(self) -> bytes:
        """The 4096 bytes of `microcontroller.nvm`."""
        return self.flash[NVM_START:DRIVE_START]

    def snapshot(self) -> Snapshot[Self]:
        """A copy of the key's state. Each `restore()` of it gives a key that continues from here.

        Callbacks (`usb.on_report`, `watch_flash`) are copied with it. Raises TypeError for a simulated key
        that is plugged in, and for any key during enumeration.
        """
        return Snapshot(self)

    def press(self, seconds: float = 0.08) -> None:
        """Press the button for `seconds`, then release it."""
        self.set_button(True)
        self.run(seconds)
        self.set_button(False)
