"""The guest's port that the emulated chip is plugged into: what the kernel asks becomes transactions.

Beside control transfers the guest drives polls, output reports and bulk transfers.
"""

from __future__ import annotations

import struct
import time
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from tests.kernel import usbredir
from tests.kernel.usbredir import Link, Message
from totpkey_virtual.chip import descriptors
from totpkey_virtual.chip.clock import DeviceClock
from totpkey_virtual.chip.descriptors import Device, Endpoint, InterfaceDescriptor
from totpkey_virtual.chip.usb_bus import MS, Control, UsbBus, setup
from totpkey_virtual.chip.usb_controller import Handshake, UsbController
from totpkey_virtual.chip.usb_host import ADDRESS, ADDRESSING, DEBOUNCE, RECOVERY, RESET

_IN_ENDPOINT = 0x80


@dataclass
class _Bulk:
    """A transfer that waits: `out` is what goes out, `room` what may come in."""

    number: int
    address: int
    out: bytes = b""
    room: int = 0
    came: bytearray = field(default_factory=bytearray)


class Pipes:
    """What is under way between the guest and the chip. `log` is told each report and each change of lights.

    `keep_busy` is called when there is something to move.
    """

    def __init__(
        self, link: Link, controller: UsbController, log: list[str], keep_busy: Callable[[], None]
    ) -> None:
        self._link = link
        self._controller = controller
        self._log = log
        self._keep_busy = keep_busy
        #: The longest time of the wall, in seconds, that the kernel saw a key down. It goes on where this
        #: machine lets the chip stand still.
        self.longest_hold = 0.0
        self.forget()

    def forget(self) -> None:
        """Whatever was under way: the device is gone, or was reset."""
        self._asked: dict[int, Endpoint] = {}
        self._waiting: dict[int, deque[_Bulk]] = {}
        self._outputs: deque[Message] = deque()
        self._counter = 0
        self._down_since: float | None = None

    @property
    def polled(self) -> bool:
        """Whether the kernel asks any end point for reports."""
        return bool(self._asked)

    def wants_slots(self) -> bool:
        return any(self._waiting.values())

    def poll(self, endpoint: Endpoint) -> None:
        """Ask it for reports from now on."""
        self._asked[endpoint.address] = endpoint

    def stop(self, address: int) -> None:
        """Ask it no more."""
        self._asked.pop(address, None)

    def output(self, message: Message) -> None:
        """Always to the device; what comes from it nobody asks for one by one."""
        self._outputs.append(message)
        self._give_output()

    def _give_output(self) -> None:
        """The next packet to the device; as a host controller does, in each frame until it is taken."""
        while self._outputs:
            message = self._outputs[0]
            address, _, length = struct.unpack_from("<BBH", message.content)
            answer = self._controller.give(address & 0x0F, message.content[4:])
            if answer is Handshake.NAK:
                return
            self._outputs.popleft()
            self._log.append(
                f"LEDs {message.content[4:].hex()}{'' if answer is Handshake.ACK else ' refused'}"
            )
            status = usbredir.SUCCESS if answer is Handshake.ACK else usbredir.STALL
            self._link.send(usbredir.INTERRUPT, message.number, struct.pack("<BBH", address, status, length))

    def bulk(self, message: Message) -> None:
        """Either way."""
        address, _, low, _, high = usbredir.BULK_HEAD.unpack_from(message.content)
        length, out = low | high << 16, message.content[usbredir.BULK_HEAD.size :]
        is_in = bool(address & _IN_ENDPOINT)
        bulk = _Bulk(message.number, address, out, length if is_in else 0)
        self._waiting.setdefault(address, deque()).append(bulk)
        self._keep_busy()

    def cancel(self, message: Message) -> None:
        """The kernel wants a transfer no more."""
        for output in [output for output in self._outputs if output.number == message.number]:
            self._outputs.remove(output)
            head = output.content[:1] + bytes((usbredir.CANCELLED,)) + output.content[2:4]
            self._link.send(usbredir.INTERRUPT, output.number, head)
        for queue in self._waiting.values():
            for bulk in [bulk for bulk in queue if bulk.number == message.number]:
                queue.remove(bulk)
                self._end_bulk(bulk, usbredir.CANCELLED)

    def _end_bulk(self, bulk: _Bulk, status: int) -> None:
        length = len(bulk.came) or len(bulk.out)
        head = usbredir.BULK_HEAD.pack(bulk.address, status, length & 0xFFFF, 0, length >> 16)
        self._link.send(usbredir.BULK, bulk.number, head + bytes(bulk.came))

    # What moves by itself

    def start_frame(self, frame: int) -> None:
        """What a controller does in each frame."""
        self._give_output()
        for address, endpoint in self._asked.items():
            if frame % endpoint.interval == 0:
                packet = self._controller.take(endpoint.number)
                if isinstance(packet, bytes):
                    self._counter += 1
                    self._note_report(packet)
                    head = struct.pack("<BBH", address, usbredir.SUCCESS, len(packet))
                    self._link.send(usbredir.INTERRUPT, self._counter, head + packet)

    def _note_report(self, packet: bytes) -> None:
        """Behind the number of the report stand modifiers and keys."""
        self._log.append(f"report {packet.hex()}")
        now = time.monotonic()
        if self._down_since is not None:
            self.longest_hold = max(self.longest_hold, now - self._down_since)
        self._down_since = now if any(packet[1:]) else None

    def move(self) -> bool:
        """One packet of a bulk transfer, whichever can; False if none can."""
        return any(self._move_one(address, queue) for address, queue in self._waiting.items() if queue)

    def _move_one(self, address: int, queue: deque[_Bulk]) -> bool:
        bulk = queue[0]
        if address & _IN_ENDPOINT:
            packet = self._controller.take(address & 0x0F)
            if not isinstance(packet, bytes):
                return False
            bulk.came += packet
            done = len(packet) < 64 or len(bulk.came) >= bulk.room
        else:
            sent = len(bulk.came)
            packet = bulk.out[sent : sent + 64]
            if self._controller.give(address & 0x0F, packet) is not Handshake.ACK:
                return False
            bulk.came += packet
            done = len(bulk.came) >= len(bulk.out)
        if done:
            queue.popleft()
            if not address & _IN_ENDPOINT:
                bulk.came.clear()
            self._end_bulk(bulk, usbredir.SUCCESS)
        return True


_TO_DEVICE, _FROM_DEVICE, _TO_INTERFACE = 0x00, 0x80, 0x01
_CLEAR_FEATURE, _SET_FEATURE, _SET_ADDRESS, _GET_DESCRIPTOR = 0x01, 0x03, 0x05, 0x06
_SET_CONFIGURATION, _SET_INTERFACE = 0x09, 0x0B
_REMOTE_WAKEUP = 1
#: How long the kernel's order to suspend the port may take to follow what announces it.
_SUSPENDING = 5 * MS

_Steps = Generator[Control | int, bytes | None, None]


class GuestPort:
    """The device's side of the redirection. It takes the place of `UsbHost` at a plugged chip.

    The protocol does not tell of a port that is suspended. The kernel lets a keyboard wake it right before
    (SET_FEATURE, remote wake-up), and stops asking it: so that is taken for the order. A computer that sleeps
    as a whole lets only boot keyboards wake it, so there `falls_asleep` makes the end of its polls the order.
    Whatever it asks next comes after a resume.
    """

    def __init__(self, link: Link, controller: UsbController, bus: UsbBus, clock: DeviceClock) -> None:
        self._link = link
        self._controller = controller
        self.bus = bus
        self._clock = clock
        self._wait = clock.create_alarm(lambda: self._go_on(None))
        self._suspend = clock.create_alarm(self._suspend_now)
        self._steps: _Steps | None = None
        self._device: Device | None = None
        self._found: list[InterfaceDescriptor] = []
        #: What happened, in order, for tests that fail.
        self.log: list[str] = []
        #: Whether the whole computer is about to sleep.
        self.falls_asleep = False
        #: How often the port was reset and suspended.
        self.resets = self.suspends = 0
        self.pipes = Pipes(link, controller, self.log, bus.keep_busy)
        self._forget()
        controller.on_attach = self._attach_changed
        controller.on_remote_wakeup = lambda: self.log.append("remote wake-up")
        bus.on_frame = self.pipes.start_frame
        bus.on_slot = self.pipes.move
        bus.wants_slots = self.pipes.wants_slots

    def _forget(self) -> None:
        self.pipes.forget()
        self._wait.cancel()
        self._suspend.cancel()
        self.bus.reset()

    # Plug

    def _attach_changed(self, attached: bool) -> None:
        self.log.append("attached" if attached else "detached")
        self._forget()
        if self._device is not None:
            self._link.send(usbredir.DEVICE_DISCONNECT, 0)
            self._device = None
        if attached:
            self._begin(self._look())

    def pulled_out(self) -> None:
        """The chip has no power any more."""
        self._attach_changed(False)

    def _begin(self, steps: _Steps) -> None:
        self._steps = steps
        self._go_on(None)

    def _go_on(self, reply: bytes | None) -> None:
        if self._steps is None:
            return
        try:
            step = self._steps.send(reply)
        except StopIteration:
            self._steps = None
            return
        if isinstance(step, int):
            self._wait.schedule(step)
        else:
            step.finished = self._go_on
            self.bus.submit(step)

    def _look(self) -> _Steps:
        """Read what the device is, then offer it to the guest, as the redirection demands."""
        yield DEBOUNCE
        yield from self._reset()
        raw = yield _descriptor(descriptors.DEVICE, 18)
        head = yield _descriptor(descriptors.CONFIGURATION, 9)
        if not raw or not head:
            return
        whole = yield _descriptor(descriptors.CONFIGURATION, int.from_bytes(head[2:4], "little"))
        self._device, self._found = Device.parse(raw), descriptors.interfaces(whole or b"")
        self._link.tell_device(self._device, raw, self._found)

    def _reset(self) -> _Steps:
        self.resets += 1
        self._controller.bus_reset()
        yield RESET
        self.bus.start_frames()
        yield RECOVERY
        yield Control(setup(_TO_DEVICE, _SET_ADDRESS, ADDRESS, 0, 0))
        yield ADDRESSING

    # What the guest asks

    def take(self, message: Message) -> None:
        """Do what a message asks."""
        if message.kind == usbredir.HELLO or (self._device is None and message.kind != usbredir.RESET):
            return
        self._wake()
        act = {
            usbredir.RESET: self._on_reset,
            usbredir.SET_CONFIGURATION: self._on_set_configuration,
            usbredir.GET_CONFIGURATION: self._on_get_configuration,
            usbredir.SET_ALT_SETTING: self._on_set_alt,
            usbredir.GET_ALT_SETTING: self._on_get_alt,
            usbredir.START_INTERRUPT: self._on_start,
            usbredir.STOP_INTERRUPT: self._on_stop,
            usbredir.CANCEL: self.pipes.cancel,
            usbredir.CONTROL: self._on_control,
            usbredir.BULK: self.pipes.bulk,
            usbredir.INTERRUPT: self.pipes.output,
        }.get(message.kind)
        if act:
            act(message)

    def _on_reset(self, message: Message) -> None:
        self.log.append("reset")
        if self._device is not None:
            self._forget()
            self._begin(self._reset())

    def _on_set_configuration(self, message: Message) -> None:
        number, device = message.content[0], self._device
        assert device is not None

        def done(reply: bytes | None) -> None:
            self._link.tell_layout(device, self._found)
            status = usbredir.STALL if reply is None else usbredir.SUCCESS
            self._link.send(usbredir.CONFIGURATION_STATUS, message.number, bytes((status, number)))

        self.bus.submit(Control(setup(_TO_DEVICE, _SET_CONFIGURATION, number, 0, 0), b"", done))

    def _on_get_configuration(self, message: Message) -> None:
        self._link.send(usbredir.CONFIGURATION_STATUS, message.number, bytes((usbredir.SUCCESS, 1)))

    def _on_set_alt(self, message: Message) -> None:
        interface, alternative = message.content[:2]

        def done(reply: bytes | None) -> None:
            status = usbredir.STALL if reply is None else usbredir.SUCCESS
            self._link.send(
                usbredir.ALT_SETTING_STATUS, message.number, bytes((status, interface, alternative))
            )

        self.bus.submit(Control(setup(_TO_INTERFACE, _SET_INTERFACE, alternative, interface, 0), b"", done))

    def _on_get_alt(self, message: Message) -> None:
        content = bytes((usbredir.SUCCESS, message.content[0], 0))
        self._link.send(usbredir.ALT_SETTING_STATUS, message.number, content)

    def _on_start(self, message: Message) -> None:
        address = message.content[0]
        self._suspend.cancel()
        for interface in self._found:
            for endpoint in interface.endpoints:
                if endpoint.address == address:
                    self.pipes.poll(endpoint)
        self._link.send(usbredir.INTERRUPT_STATUS, message.number, bytes((usbredir.SUCCESS, address)))

    def _on_stop(self, message: Message) -> None:
        self.pipes.stop(message.content[0])
        if self.falls_asleep:
            self._suspend.schedule(_SUSPENDING)
        self._link.send(
            usbredir.INTERRUPT_STATUS, message.number, bytes((usbredir.SUCCESS, message.content[0]))
        )

    def _on_control(self, message: Message) -> None:
        endpoint, request, kind, _, value, index, length = struct.unpack_from("<BBBBHHH", message.content)
        out = message.content[10:]
        is_in = bool(kind & _FROM_DEVICE)

        def done(reply: bytes | None) -> None:
            status = usbredir.STALL if reply is None else usbredir.SUCCESS
            data = (reply or b"") if is_in else b""
            moved = len(data) if is_in else length * (reply is not None)
            head = struct.pack("<BBBBHHH", endpoint, request, kind, status, value, index, moved)
            self._link.send(usbredir.CONTROL, message.number, head + data)
            if (kind, request, value) == (_TO_DEVICE, _SET_FEATURE, _REMOTE_WAKEUP):
                self._suspend.schedule(_SUSPENDING)

        self.bus.submit(Control(setup(kind, request, value, index, length), out, done))

    # Sleep

    def _suspend_now(self) -> None:
        if not self.pipes.polled:
            self.suspends += 1
            self.log.append("suspended")
            self.bus.suspend()

    def _wake(self) -> None:
        if self.bus.suspended:
            self.falls_asleep = False
            self.log.append("resumed")
            self.bus.resume()


def _descriptor(kind: int, length: int) -> Control:
    return Control(setup(_FROM_DEVICE, _GET_DESCRIPTOR, kind << 8, 0, length))
