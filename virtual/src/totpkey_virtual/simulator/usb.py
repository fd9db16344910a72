"""The key's USB device and the connected computer, with full-speed timing.

`SerialPort` is `usb_cdc.data`: the buffers on both sides, and the bulk packets between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import cycle

from totpkey_virtual.boards import Identity
from totpkey_virtual.key import Enumeration, Interface, Report, Usb
from totpkey_virtual.simulator import timing
from totpkey_virtual.simulator.machine import MS, Machine
from totpkey_virtual.simulator.registers import UsbMemory
from totpkey_virtual.traffic import Channel, Stream

BUFFER_BYTES = 256
PACKET_BYTES = 64
#: How much the computer's driver buffers until a program reads it (Linux: one tty flip buffer).
HOST_BUFFER_BYTES = 65536


class SerialPort:
    """One CDC data interface, both ends of it."""

    def __init__(self, machine: Machine, bus_is_running: Callable[[], bool]) -> None:
        self._machine = machine
        self._bus_is_running = bus_is_running
        self._towards_key = bytearray()
        self._from_key = bytearray()
        self._received = bytearray()
        self._sending = bytearray()
        self._packet_due = False
        self._to_key, self._out_of_key = Stream(Channel.TO_KEY), Stream(Channel.FROM_KEY)
        #: DTR: a program on the computer has the port open.
        self.is_open = False

    # The computer's end

    def open(self) -> None:
        self.is_open = True
        self._move_soon()

    def close(self) -> None:
        """Drop DTR. Received bytes stay in the key's buffer for its next read."""
        self.is_open = False
        self._towards_key.clear()

    def vanish(self) -> None:
        """Handle the device's leaving the bus."""
        self.close()
        self._received.clear()
        self._sending.clear()

    def write_from_host(self, data: bytes) -> None:
        self._to_key.notify(data)
        self._towards_key += data
        self._move_soon()

    def read_by_host(self) -> bytes:
        data = bytes(self._from_key)
        self._from_key.clear()
        self._move_soon()
        return data

    # The key's end

    @property
    def in_waiting(self) -> int:
        return len(self._received)

    @property
    def out_waiting(self) -> int:
        return len(self._sending)

    def take(self, count: int) -> bytes:
        """At most `count` received bytes, at once."""
        data = bytes(self._received[:count])
        del self._received[:count]
        self._move_soon()
        return data

    def put(self, data: bytes) -> int:
        """Store what fits and return how many bytes that was.

        Without DTR the buffer is a ring, so all of it "fits": the oldest bytes are lost, and the next program
        that opens the port gets the rest.
        """
        if not self.is_open:
            self._sending = (self._sending + data)[-BUFFER_BYTES:]
            return len(data)
        room = BUFFER_BYTES - len(self._sending)
        self._sending += data[:room]
        self._move_soon()
        return min(room, len(data))

    def clear_received(self) -> None:
        self._received.clear()
        self._move_soon()

    def clear_sending(self) -> None:
        self._sending.clear()

    # The wire

    def _can_deliver(self) -> bool:
        return bool(self._towards_key) and BUFFER_BYTES - len(self._received) >= PACKET_BYTES

    def _can_collect(self) -> bool:
        return self.is_open and bool(self._sending) and len(self._from_key) < HOST_BUFFER_BYTES

    def _move_soon(self) -> None:
        if not self._packet_due and (self._can_deliver() or self._can_collect()):
            self._packet_due = True
            self._machine.after(timing.BULK_PACKET, self._move)

    def _move(self) -> None:
        """Move one packet each way, if there is room for it."""
        self._packet_due = False
        if not self._bus_is_running():
            return
        if self._can_deliver():
            self._received += self._towards_key[:PACKET_BYTES]
            del self._towards_key[:PACKET_BYTES]
        if self._can_collect():
            self._out_of_key.notify(self._sending[:PACKET_BYTES])
            self._from_key += self._sending[:PACKET_BYTES]
            del self._sending[:PACKET_BYTES]
        self._move_soon()

    def bus_resumed(self) -> None:
        self._move_soon()


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
        """Have the computer reset the port for `takes` ns and configure the key again, if it is there."""
        if not self.attached:
            return
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
        #: The times between the computer's polls, in ms, again and again; how long they take once, in ns.
        self._gaps: Iterator[int] | None = None
        self._round = self._next_poll = 0
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
        self._gaps, self._round = cycle(gaps), sum(gaps) * MS
        self._next_poll = self._machine.now + MS

    def at_next_interval(self, action: Callable[[], None]) -> None:
        if self._gaps is None:
            passed = (self._machine.now - self.configured_at) % timing.HID_INTERVAL
            self._machine.after(timing.HID_INTERVAL - passed, action)
            return
        behind = max(0, self._machine.now - self._next_poll)
        self._next_poll += behind - behind % self._round
        while self._next_poll <= self._machine.now:
            self._next_poll += next(self._gaps) * MS
        self._machine.after(self._next_poll - self._machine.now, action)
