"""The connected computer: enumeration, and drivers for keyboards and the serial port."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from totpkey_virtual.chip import descriptors
from totpkey_virtual.chip.clock import DeviceClock
from totpkey_virtual.chip.descriptors import Device, Endpoint, InterfaceDescriptor, SerialFunction
from totpkey_virtual.chip.usb_bus import DEVICE_TO_HOST, MS, Control, UsbBus, setup
from totpkey_virtual.chip.usb_controller import Handshake, UsbController
from totpkey_virtual.key import Enumeration, Interface, Report, Usb
from totpkey_virtual.traffic import Channel, Stream

#: Times of enumeration: debouncing after attach, reset, recovery from it (USB 2.0 sections 7.1.7.3, 7.1.7.5),
#: and recovery from SET_ADDRESS (section 9.2.6.3).
DEBOUNCE, RESET, RECOVERY, ADDRESSING = 100 * MS, 10 * MS, 10 * MS, 2 * MS
ADDRESS = 1
#: A computer with lock keys on sends that to a new keyboard this long after configuration (Linux 6.12).
FIRST_LEDS = 90 * MS

_GET_DESCRIPTOR, _SET_ADDRESS, _SET_CONFIGURATION = 0x06, 0x05, 0x09
_SET_FEATURE, _REMOTE_WAKEUP = 0x03, 1
_TO_DEVICE, _FROM_INTERFACE, _CLASS_TO_INTERFACE = 0x00, 0x81, 0x21
#: HID 1.11 section 7.2.2; CDC PSTN 1.2 sections 6.3.10 to 6.3.12.
_SET_REPORT, _OUTPUT_REPORT = 0x09, 0x0200
_SET_LINE_CODING, _SET_CONTROL_LINE_STATE = 0x20, 0x22
_LINE_CODING = struct.pack("<IBBB", 115200, 0, 0, 8)
_DTR_AND_RTS = 0x03
_ENGLISH = 0x0409

#: A dialogue of the host with the device: it yields transfers, or waits in ns, and gets the replies.
Conversation = Generator[Control | int, bytes | None, None]


@dataclass
class _Keyboard:
    """A HID interface with a keyboard among its applications."""

    interface: InterfaceDescriptor
    input: Endpoint
    report_id: int


class UsbHost:
    """A computer with the key on its only port. Its results are in `usb`."""

    def __init__(self, controller: UsbController, clock: DeviceClock, usb: Usb) -> None:
        self._controller = controller
        self._clock = clock
        self.usb = usb
        self.bus = UsbBus(controller, clock)
        self.bus.on_frame = self._poll_keyboards
        self.bus.on_slot = self._move_serial
        self.bus.wants_slots = lambda: self.serial_open or bool(self._to_send)
        self._to_key, self._from_key = Stream(Channel.TO_KEY), Stream(Channel.FROM_KEY)
        self._polled = Stream(Channel.REPORT)
        self._wait_alarm = clock.create_alarm(lambda: self._go_on(None))
        #: Whether it polls keyboards, and after how many frames each time, if not by their own interval.
        self.polls = True
        self._gaps: deque[int] = deque()
        self._next_poll = 0
        #: Whether it sends output reports by SET_REPORT only.
        self.by_control = False
        #: The computer's lock keys, which it sends to every keyboard.
        self.leds = 0
        self._leds_alarm = clock.create_alarm(self._send_leds)
        #: How many remote wake-ups the key has signalled.
        self.wake_requests = 0
        #: Unread bytes from the serial port. They stay when the device disconnects.
        self.received = bytearray()
        self._forget()
        controller.on_attach = self._attach_changed
        controller.on_remote_wakeup = self._woken

    def _forget(self) -> None:
        self.usb.enumeration = None
        self.serial_open = False
        self._to_send = bytearray()
        self._keyboards: list[_Keyboard] = []
        self._serial: SerialFunction | None = None
        self._conversation: Conversation | None = None
        self._wait_alarm.cancel()
        self._leds_alarm.cancel()
        self.bus.reset()

    def _woken(self) -> None:
        """Handle a remote wake-up."""
        self.wake_requests += 1
        self.bus.resume()

    def _attach_changed(self, attached: bool) -> None:
        self._forget()
        if attached:
            self._conversation = self._enumerate(DEBOUNCE)
            self._go_on(None)

    def reset_port(self, takes: int = RESET) -> None:
        """Reset the bus for `takes` ns and enumerate again. The device sees the reset at its beginning."""
        self._forget()
        self._conversation = self._enumerate(0, takes)
        self._go_on(None)

    # Enumeration

    def _go_on(self, reply: bytes | None) -> None:
        """Pass `reply` to the dialogue, and do what it yields next."""
        if self._conversation is None:
            return
        try:
            step = self._conversation.send(reply)
        except StopIteration:
            self._conversation = None
            return
        if isinstance(step, int):
            self._wait_alarm.schedule(step)
        else:
            step.finished = self._go_on
            self.bus.submit(step)

    def _enumerate(self, debounce: int, takes: int = RESET) -> Conversation:
        """Enumerate (USB 2.0 section 9.1.2). A device that refuses a descriptor stays unknown."""
        yield debounce
        self._controller.bus_reset()
        yield takes
        self.bus.start_frames()
        yield RECOVERY
        raw = yield _get_descriptor(descriptors.DEVICE, 0, 18)
        if raw is None:
            return
        device = Device.parse(raw)
        self.bus.packet_size = device.packet_size
        yield Control(setup(_TO_DEVICE, _SET_ADDRESS, ADDRESS, 0, 0))
        yield ADDRESSING
        yield from self._configure(device)

    def _configure(self, device: Device) -> Conversation:
        head = yield _get_descriptor(descriptors.CONFIGURATION, 0, 9)
        if head is None:
            return
        length, configuration, attributes = int.from_bytes(head[2:4], "little"), head[5], head[7]
        whole = yield _get_descriptor(descriptors.CONFIGURATION, 0, length)
        found = descriptors.interfaces(whole or b"")
        texts: dict[int, str] = {0: ""}
        for number in (device.manufacturer, device.product, device.serial_number, *(i.name for i in found)):
            if number not in texts:
                raw = yield _get_descriptor(descriptors.STRING, number, 255)
                texts[number] = descriptors.text(raw or b"")
        yield Control(setup(_TO_DEVICE, _SET_CONFIGURATION, configuration, 0, 0))
        # Real hosts do this when they suspend a keyboard that says it can wake them, and no other.
        if attributes & descriptors.WAKES:
            yield Control(setup(_TO_DEVICE, _SET_FEATURE, _REMOTE_WAKEUP, 0, 0))
        self._serial = descriptors.last_serial(found)
        yield from self._find_keyboards(found)
        self.usb.enumeration = _describe(device, found, texts)
        if self.leds:
            self._leds_alarm.schedule(FIRST_LEDS)

    def _find_keyboards(self, found: list[InterfaceDescriptor]) -> Conversation:
        for interface in found:
            reports = interface.endpoint(descriptors.INTERRUPT, is_in=True)
            if interface.usb_class != descriptors.HID_CLASS or reports is None:
                continue
            kind, length = descriptors.HID_REPORT << 8, interface.report_length
            raw = yield Control(setup(_FROM_INTERFACE, _GET_DESCRIPTOR, kind, interface.number, length))
            for application in descriptors.applications(raw or b""):
                if application.is_keyboard:
                    self._keyboards.append(_Keyboard(interface, reports, application.report_id))

    # Keyboards

    def poll_after(self, gaps: Sequence[int]) -> None:
        """Set the intervals between polls of keyboards, in frames. They repeat."""
        self._gaps = deque(gaps)
        self._next_poll = 1

    def _poll_keyboards(self, frame: int) -> None:
        for keyboard in self._keyboards:
            if self.polls and self._is_poll(frame, keyboard.input.interval):
                self._poll(keyboard)

    def _is_poll(self, frame: int, interval: int) -> bool:
        if not self._gaps:
            return frame % interval == 0
        self._next_poll -= 1
        if self._next_poll > 0:
            return False
        self._next_poll = self._gaps[0]
        self._gaps.rotate(-1)
        return True

    def _poll(self, keyboard: _Keyboard) -> None:
        packet = self._controller.take(keyboard.input.number)
        if isinstance(packet, Handshake):
            return
        self._polled.notify(packet)
        prefix = bytes((keyboard.report_id,)) if keyboard.report_id else b""
        if packet.startswith(prefix):
            self.usb.take(Report(self._clock.nanos / MS, packet[len(prefix) :]))

    def set_leds(self, mask: int) -> None:
        """Send the output report to every keyboard, unless the computer is asleep."""
        self.leds = mask
        if not self.bus.suspended:
            self._send_leds()

    def _send_leds(self) -> None:
        for keyboard in self._keyboards:
            prefix = bytes((keyboard.report_id,)) if keyboard.report_id else b""
            self._send_output(keyboard, prefix + bytes((self.leds,)))

    def _send_output(self, keyboard: _Keyboard, data: bytes) -> None:
        """Send on the interrupt OUT endpoint if it exists and has a buffer, else by SET_REPORT."""
        output = keyboard.interface.endpoint(descriptors.INTERRUPT, is_in=False)
        if (
            output is not None
            and not self.by_control
            and self._controller.give(output.number, data) is Handshake.ACK
        ):
            return
        kind = _OUTPUT_REPORT | keyboard.report_id
        packet = setup(_CLASS_TO_INTERFACE, _SET_REPORT, kind, keyboard.interface.number, len(data))
        self.bus.submit(Control(packet, data))

    # Serial

    @property
    def has_serial(self) -> bool:
        return self._serial is not None

    def open_serial(self) -> None:
        """Set the line coding, then raise DTR and RTS."""
        if self._serial is None:
            return
        number, size = self._serial.control_interface, len(_LINE_CODING)
        self.bus.submit(Control(setup(_CLASS_TO_INTERFACE, _SET_LINE_CODING, 0, number, size), _LINE_CODING))
        self._set_lines(self._serial, _DTR_AND_RTS)
        self.serial_open = True

    def close_serial(self) -> None:
        if self._serial is not None and self.serial_open:
            self._set_lines(self._serial, 0)
        self.serial_open = False

    def send(self, data: bytes) -> None:
        self._to_key.notify(data)
        self._to_send += data
        self.bus.keep_busy()

    def _set_lines(self, serial: SerialFunction, lines: int) -> None:
        number = serial.control_interface
        self.bus.submit(Control(setup(_CLASS_TO_INTERFACE, _SET_CONTROL_LINE_STATE, lines, number, 0)))

    def _move_serial(self) -> bool:
        """Move one packet, OUT before IN. False if the device has no buffer for either."""
        if self._serial is None:
            return False
        if self._to_send:
            packet = bytes(self._to_send[: self._serial.output.packet_size])
            if self._controller.give(self._serial.output.number, packet) is Handshake.ACK:
                del self._to_send[: len(packet)]
                return True
        if self.serial_open:
            answer = self._controller.take(self._serial.input.number)
            if isinstance(answer, bytes):
                self._from_key.notify(answer)
                self.received += answer
                return True
        return False


def _get_descriptor(kind: int, number: int, length: int) -> Control:
    language = _ENGLISH if kind == descriptors.STRING else 0
    return Control(setup(DEVICE_TO_HOST, _GET_DESCRIPTOR, kind << 8 | number, language, length))


def _describe(device: Device, found: list[InterfaceDescriptor], texts: dict[int, str]) -> Enumeration:
    return Enumeration(
        device.vendor_id,
        device.product_id,
        texts[device.manufacturer],
        texts[device.product],
        texts[device.serial_number],
        tuple(Interface(i.number, i.usb_class, i.subclass, i.protocol, texts[i.name]) for i in found),
    )
