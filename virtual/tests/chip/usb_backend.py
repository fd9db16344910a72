"""A pyusb backend whose only port has the emulated chip; pyusb and everything above it are real."""

from __future__ import annotations

import errno
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from usb.backend import IBackend

from totpkey_virtual.chip.descriptors import CONFIGURATION, DEVICE, ENDPOINT, INTERFACE, split
from totpkey_virtual.chip.key import ChipKey
from totpkey_virtual.chip.usb_controller import Handshake

_PACKET = 64
_FROM_DEVICE = 0x80
_DEVICE_FIELDS = (
    ("bLength", 1), ("bDescriptorType", 1), ("bcdUSB", 2), ("bDeviceClass", 1), ("bDeviceSubClass", 1),
    ("bDeviceProtocol", 1), ("bMaxPacketSize0", 1), ("idVendor", 2), ("idProduct", 2), ("bcdDevice", 2),
    ("iManufacturer", 1), ("iProduct", 1), ("iSerialNumber", 1), ("bNumConfigurations", 1),
)  # fmt: skip
_CONFIGURATION_FIELDS = (
    ("bLength", 1), ("bDescriptorType", 1), ("wTotalLength", 2), ("bNumInterfaces", 1),
    ("bConfigurationValue", 1), ("iConfiguration", 1), ("bmAttributes", 1), ("bMaxPower", 1),
)  # fmt: skip
_INTERFACE_FIELDS = (
    ("bLength", 1), ("bDescriptorType", 1), ("bInterfaceNumber", 1), ("bAlternateSetting", 1),
    ("bNumEndpoints", 1), ("bInterfaceClass", 1), ("bInterfaceSubClass", 1), ("bInterfaceProtocol", 1),
    ("iInterface", 1),
)  # fmt: skip
_ENDPOINT_FIELDS = (
    ("bLength", 1), ("bDescriptorType", 1), ("bEndpointAddress", 1), ("bmAttributes", 1),
    ("wMaxPacketSize", 2), ("bInterval", 1),
)  # fmt: skip


class ChipBackend(IBackend):  # type: ignore[misc]
    """The backend of pyusb for one chip that may be plugged in and unplugged.

    `asked` contains everything sent to a bulk endpoint, for tests of what the chip was asked.
    """

    #: How long a bulk transfer may take, in s.
    patience = 5

    def __init__(self, key: ChipKey) -> None:
        self._key = key
        self.asked: list[bytes] = []
        self._to_send = bytearray()
        self._out = self._in = 0
        self._ended = True
        self._reading = False
        self._received = bytearray()

    # Descriptors

    def enumerate_devices(self) -> list[ChipKey]:
        return [self._key] if self._key.plugged and self._key.usb.enumeration else []

    def get_parent(self, _device: Any) -> None:
        return None

    def get_device_descriptor(self, _device: Any) -> SimpleNamespace:
        raw = self._key.control(_FROM_DEVICE, 6, DEVICE << 8, 0, length=18) or b""
        return _fields(raw, _DEVICE_FIELDS, bus=1, address=1, port_number=1, port_numbers=(1,), speed=2)

    def get_configuration_descriptor(self, _device: Any, _number: int) -> SimpleNamespace:
        return _fields(self._of(CONFIGURATION)[0], _CONFIGURATION_FIELDS, extra_descriptors=[])

    def get_interface_descriptor(
        self, _device: Any, number: int, alternative: int, _c: int
    ) -> SimpleNamespace:
        found = self._of(INTERFACE)
        if number >= len(found) or alternative:
            raise IndexError(number)
        return _fields(found[number], _INTERFACE_FIELDS, extra_descriptors=[])

    def get_endpoint_descriptor(
        self, _device: Any, number: int, interface: int, _alternative: int, _c: int
    ) -> SimpleNamespace:
        found: list[list[bytes]] = []
        for raw in self._descriptors():
            if raw[1] == INTERFACE:
                found.append([])
            elif raw[1] == ENDPOINT:
                found[-1].append(raw)
        return _fields(
            found[interface][number], _ENDPOINT_FIELDS, bRefresh=0, bSynchAddress=0, extra_descriptors=[]
        )

    def _of(self, kind: int) -> list[bytes]:
        return [raw for raw in self._descriptors() if raw[1] == kind]

    def _descriptors(self) -> list[bytes]:
        return list(split(self._key.control(_FROM_DEVICE, 6, CONFIGURATION << 8, 0, length=255) or b""))

    # Opening and closing: the host of the chip has configured it

    def open_device(self, device: Any) -> Any:
        return device

    def get_configuration(self, _handle: Any) -> int:
        return 1

    def _nothing(self, *_: Any) -> None:
        """Do nothing: the chip has one configuration, and no kernel driver uses it."""

    close_device = set_configuration = set_interface_altsetting = _nothing
    claim_interface = release_interface = clear_halt = reset_device = _nothing

    def is_kernel_driver_active(self, *_: Any) -> bool:
        return False

    # Transfers

    def ctrl_transfer(
        self, _handle: Any, kind: int, request: int, value: int, index: int, data: Any, _timeout: int
    ) -> int:
        if kind & _FROM_DEVICE:
            reply = self._key.control(kind, request, value, index, length=len(data))
            if reply is None:
                raise OSError(errno.EPIPE, "Pipe error")
            data[: len(reply)] = type(data)("B", reply)
            return len(reply)
        if self._key.control(kind, request, value, index, bytes(data)) is None:
            raise OSError(errno.EPIPE, "Pipe error")
        return len(data)

    def bulk_write(self, _handle: Any, endpoint: int, _interface: int, data: Any, _timeout: int) -> int:
        self.asked.append(bytes(data))
        self._out, self._to_send, self._ended = endpoint & 0x0F, bytearray(data), False
        self._await(lambda: self._ended)
        return len(data)

    def bulk_read(self, _handle: Any, endpoint: int, _interface: int, buffer: Any, _timeout: int) -> int:
        self._in, self._room, self._reading = endpoint & 0x0F, len(buffer), True
        self._received.clear()
        self._await(lambda: not self._reading)
        buffer[: len(self._received)] = type(buffer)("B", bytes(self._received))
        return len(self._received)

    def _await(self, condition: Callable[[], bool]) -> None:
        """Give one transfer all slots of the bus until it is done."""
        if not self._key.plugged or self._key.usb.enumeration is None:
            raise OSError(errno.ENODEV, "No such device")
        host = self._key._cable()
        kept = host.bus.on_slot, host.bus.wants_slots
        host.bus.on_slot, host.bus.wants_slots = self._move, lambda: not self._ended or self._reading
        try:
            host.bus.keep_busy()
            if not self._key.run_until(condition, self.patience):
                raise OSError(errno.ETIMEDOUT, "Operation timed out")
        finally:
            self._ended, self._reading = True, False
            host.bus.on_slot, host.bus.wants_slots = kept

    def _move(self) -> bool:
        controller = self._key._cable()._controller
        if not self._ended:
            packet = bytes(self._to_send[:_PACKET])
            answer = controller.give(self._out, packet)
            if answer is Handshake.ACK:
                del self._to_send[:_PACKET]
                self._ended = not self._to_send
            return answer is Handshake.ACK
        if not self._reading:
            return False
        answer_in = controller.take(self._in)
        if isinstance(answer_in, bytes):
            self._received += answer_in
            self._reading = len(answer_in) == _PACKET and len(self._received) < self._room
        return isinstance(answer_in, bytes)


def _fields(raw: bytes, fields: tuple[tuple[str, int], ...], **more: object) -> SimpleNamespace:
    found, at = dict(more), 0
    for name, size in fields:
        found[name] = int.from_bytes(raw[at : at + size], "little")
        at += size
    return SimpleNamespace(**found)
