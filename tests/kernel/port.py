"""The guest's port that the emulated chip is plugged into: what the kernel asks becomes transactions."""

from __future__ import annotations

import struct
from collections.abc import Generator

from tests.kernel import usbredir
from tests.kernel.pipes import Pipes
from tests.kernel.usbredir import Link, Message
from totpkey_virtual.chip import descriptors
from totpkey_virtual.chip.clock import DeviceClock
from totpkey_virtual.chip.descriptors import Device, InterfaceDescriptor
from totpkey_virtual.chip.usb_bus import MS, Control, UsbBus, setup
from totpkey_virtual.chip.usb_controller import UsbController
from totpkey_virtual.chip.usb_host import ADDRESS, ADDRESSING, DEBOUNCE, RECOVERY, RESET

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
