"""The key's USB device and the connected computer, with full-speed timing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import cycle

from ..boards import Identity
from ..key import Enumeration, Interface, Report, Usb
from ..traffic import Channel, Stream
from . import timing
from .machine import MS, Machine
from .serial import SerialPort
from .usb_memory import UsbMemory

HID, CDC_CONTROL, CDC_DATA, MASS_STORAGE, AUDIO = 0x03, 0x02, 0x0A, 0x08, 0x01
_BOOT_SUBCLASS = 1
_REPORT_ID = b"\x01"


class UsbDevice:
    """The interfaces that boot.py chooses, the state of the bus, and the endpoints in use."""

    def __init__(self, machine: Machine, identity: Identity, serial_number: str, host: Usb) -> None:
        self._machine = machine
        self._board_identity = identity
        self._serial_number = serial_number
        self.host = host
        self.memory = UsbMemory(lambda: machine.spend(timing.CALL))
        self.keyboard = KeyboardEndpoint(machine, self)
        self.data = SerialPort(machine, self.is_running)
        #: The computer's lock keys, which it sends to every keyboard.
        self.host_leds = 0
        self.computer_listens = True
        #: Whether the computer polls its keyboards.
        self.polls = True
        #: Whether the bus is idle (no frames, so no polls), and whether the key has noticed.
        self.idle = False
        self.suspended = False
        self.attached = False
        self.set_defaults()

    def set_defaults(self) -> None:
        """Choose CircuitPython's default interfaces."""
        self.identity = self._board_identity
        self.console_enabled = True
        self.data_enabled = False
        self.midi_enabled = True
        self.drive_enabled = True
        self.hid_enabled = True
        self.boot_device = 0

    @property
    def configured(self) -> bool:
        return self.host.enumeration is not None

    def is_running(self) -> bool:
        """Configured and not suspended: `supervisor.runtime.usb_connected`."""
        return self.configured and not self.suspended

    def attach(self) -> None:
        """Pull D+ up. The computer configures the key a little later."""
        self.attached = True
        self._configuration = self._machine.after(timing.CONFIGURATION, self._configure)

    def _configure(self) -> None:
        if not self.computer_listens:
            return
        self.host.enumeration = Enumeration(*self.identity[:4], self._serial_number, self._interfaces())
        # A serial port has two endpoints, and comes first.
        self.memory.open_keyboard(3 if self.data_enabled else 1)
        self.keyboard.configured_at = self._machine.now
        if self.host_leds:
            self._machine.after(timing.HID_LEDS, self.send_leds)

    def reset_port(self, takes: int) -> None:
        """Have the computer reset the port for `takes` ns and configure the key again."""
        self._drop()
        self._configuration.cancel()
        self._configuration = self._machine.after(takes + timing.RECONFIGURATION, self._configure)

    def detach(self) -> None:
        """Leave the bus, as a reset does. All its ports on the computer vanish."""
        if self.attached:
            self._configuration.cancel()
        self.attached = False
        self._drop()

    def _drop(self) -> None:
        self.idle = self.suspended = False
        self.keyboard.clear()
        self.memory.reset_bus()
        self.host.enumeration = None
        self.data.vanish()

    def suspend(self) -> None:
        """Stop the computer's frames. The key notices the suspend a little later."""
        self.idle = True
        self._machine.after(timing.SUSPEND, self._notice_idle)

    def _notice_idle(self) -> None:
        self.suspended = self.idle and self.attached

    def resume(self) -> None:
        """Have the computer drive resume signalling, then send frames again."""
        self.suspended = False
        self._machine.after(timing.RESUME, self._go_on)

    def _go_on(self) -> None:
        self.idle = False
        self.data.bus_resumed()

    def send_leds(self) -> None:
        """Send the computer's output report, in the same frame."""
        if self.is_running() and not self.idle and self.hid_enabled:
            self._deliver_leds()

    def _deliver_leds(self) -> None:
        self.keyboard.received = bytes([self.host_leds])

    def _interfaces(self) -> tuple[Interface, ...]:
        kinds: list[tuple[str, int, int, int]] = []
        for enabled, name in ((self.console_enabled, "CDC"), (self.data_enabled, "CDC2")):
            if enabled:
                kinds.append((f"{name} control", CDC_CONTROL, 2, 0))
                kinds.append((f"{name} data", CDC_DATA, 0, 0))
        if self.drive_enabled:
            kinds.append(("Mass Storage", MASS_STORAGE, 6, 0x50))
        if self.hid_enabled:
            kinds.append(("HID", HID, _BOOT_SUBCLASS if self.boot_device else 0, self.boot_device))
        if self.midi_enabled:
            kinds.append(("Audio", AUDIO, 1, 0))
            kinds.append(("MIDI", AUDIO, 3, 0))
        return tuple(
            Interface(number, usb_class, subclass, protocol, f"CircuitPython {name}")
            for number, (name, usb_class, subclass, protocol) in enumerate(kinds)
        )


class KeyboardEndpoint:
    """Report ID 1 of CircuitPython's HID interface: 8 bytes in, 1 byte out, every 8 ms."""

    def __init__(self, machine: Machine, device: UsbDevice) -> None:
        self._machine = machine
        self._device = device
        self.configured_at = 0
        #: Whether a report waits in the memory that the controller shares with the processor.
        self._waiting = False
        #: How many reports the computer has taken.
        self.taken = 0
        self._collected = Stream(Channel.REPORT)
        self._gaps: Iterator[int] | None = None
        self._next_poll = 0
        #: The last output report that the firmware has not fetched.
        self.received: bytes | None = None

    def clear(self) -> None:
        self._waiting = False
        self.received = None

    def send(self, report: bytes) -> None:
        """`Device.send_report`: waits for room. Raises OSError("USB busy") after 2 s without.

        While the bus is suspended, a sealed CircuitPython drops the report at once, without an error.
        """
        ready = self._machine.wait(lambda: self._ready() or self._device.suspended, timing.HID_TIMEOUT)
        if self._device.suspended:
            return
        if not ready:
            raise OSError("USB busy")
        self._waiting = True
        self._device.memory.put(_REPORT_ID + report)
        self.at_next_interval(self._collect)

    def _ready(self) -> bool:
        return self._device.is_running() and not self._waiting

    def _collect(self) -> None:
        """Let the computer's poll take the waiting report."""
        if not self._waiting or not self._device.configured:
            return
        if self._device.idle or not self._device.polls:
            self.at_next_interval(self._collect)
            return
        self._waiting = False
        report = self._device.memory.take().removeprefix(_REPORT_ID)
        self.taken += 1
        self._collected.notify(report)
        self._device.host.take(Report(self._machine.now / MS, report))

    def poll_after(self, gaps: Sequence[int]) -> None:
        """Set the intervals between the computer's polls, in ms. They repeat."""
        self._gaps = cycle(gaps)
        self._next_poll = self._machine.now + MS

    def at_next_interval(self, action: Callable[[], None]) -> None:
        if self._gaps is None:
            passed = (self._machine.now - self.configured_at) % timing.HID_INTERVAL
            self._machine.after(timing.HID_INTERVAL - passed, action)
            return
        while self._next_poll <= self._machine.now:
            self._next_poll += next(self._gaps) * MS
        self._machine.after(self._next_poll - self._machine.now, action)
