"""USB redirection: the messages by which QEMU's guest drives a device that is elsewhere (protocol 0.7).

https://gitlab.freedesktop.org/spice/usbredir/-/blob/main/docs/usb-redirection-protocol.md
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

from totpkey_virtual.chip.descriptors import Device, InterfaceDescriptor

# Kinds of messages
HELLO, DEVICE_CONNECT, DEVICE_DISCONNECT, RESET, INTERFACE_INFO, EP_INFO = range(6)
SET_CONFIGURATION, GET_CONFIGURATION, CONFIGURATION_STATUS = 6, 7, 8
SET_ALT_SETTING, GET_ALT_SETTING, ALT_SETTING_STATUS = 9, 10, 11
START_INTERRUPT, STOP_INTERRUPT, INTERRUPT_STATUS = 15, 16, 17
CANCEL = 21
CONTROL, BULK, INTERRUPT = 100, 101, 103

SUCCESS, CANCELLED, STALL = 0, 1, 4
_FULL_SPEED = 1
#: Kinds of end points; those that are not there.
_CONTROL_KIND, _NO_KIND = 0, 255
_SLOTS = 32
_HEAD, _HEAD_WIDE = struct.Struct("<III"), struct.Struct("<IIQ")
#: What this side can: tell the device's version, and the largest packet of its end points; wide numbers of
#: messages, and wide lengths. QEMU's xHCI wants all of them.
_DEVICE_VERSION, _PACKET_SIZES, _WIDE_IDS, _WIDE_LENGTHS = 1 << 1, 1 << 4, 1 << 5, 1 << 6
_CAPABILITIES = _DEVICE_VERSION | _PACKET_SIZES | _WIDE_IDS | _WIDE_LENGTHS
#: Before the data of a bulk transfer: end point, status, length, stream, length above 65535.
BULK_HEAD = struct.Struct("<BBHIH")


@dataclass(frozen=True)
class Message:
    """One message: its kind, the number that a reply repeats, and its content."""

    kind: int
    number: int
    content: bytes


def slot(address: int) -> int:
    """The place of an end point among 32: those to the device first."""
    return (address & 0x80) >> 3 | address & 0x0F


class Link:
    """One side of the conversation, over a socket that never blocks."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._connection = connection
        self._came = b""
        self._head = _HEAD
        version = b"totpkey".ljust(64, b"\0")
        self.send(HELLO, 0, version + struct.pack("<I", _CAPABILITIES))

    def fileno(self) -> int:
        return self._connection.fileno()

    def send(self, kind: int, number: int, content: bytes = b"") -> None:
        self._connection.sendall(self._head.pack(kind, len(content), number) + content)

    def receive(self) -> list[Message]:
        """All that have come. Raises ConnectionError once the other side has gone."""
        try:
            came = self._connection.recv(65536)
        except BlockingIOError:
            return []
        if not came:
            raise ConnectionError("QEMU has closed the connection.")
        self._came += came
        messages = []
        while message := self._next():
            messages.append(message)
            if message.kind == HELLO:
                # Both sides can: from now on the numbers have 64 bits.
                self._head = _HEAD_WIDE
        return messages

    def _next(self) -> Message | None:
        if len(self._came) < self._head.size:
            return None
        kind, length, number = self._head.unpack_from(self._came)
        end = self._head.size + length
        if len(self._came) < end:
            return None
        content, self._came = self._came[self._head.size : end], self._came[end:]
        return Message(kind, number, content)

    def tell_device(self, device: Device, raw: bytes, found: list[InterfaceDescriptor]) -> None:
        """What is plugged in."""
        self.tell_layout(device, found)
        version = int.from_bytes(raw[12:14], "little")
        identity = struct.pack("<HHH", device.vendor_id, device.product_id, version)
        self.send(DEVICE_CONNECT, 0, bytes((_FULL_SPEED, *raw[4:7])) + identity)

    def tell_layout(self, device: Device, found: list[InterfaceDescriptor]) -> None:
        """Its interfaces and end points."""
        columns = [bytearray(_SLOTS) for _ in range(4)]
        for place, interface in enumerate(found):
            row = (interface.number, interface.usb_class, interface.subclass, interface.protocol)
            for column, value in zip(columns, row, strict=True):
                column[place] = value
        self.send(INTERFACE_INFO, 0, struct.pack("<I", len(found)) + b"".join(columns))
        kinds, intervals, owners = bytearray([_NO_KIND] * _SLOTS), bytearray(_SLOTS), bytearray(_SLOTS)
        sizes = [0] * _SLOTS
        for place in (slot(0), slot(0x80)):
            kinds[place], sizes[place] = _CONTROL_KIND, device.packet_size
        for interface in found:
            for endpoint in interface.endpoints:
                place = slot(endpoint.address)
                kinds[place], intervals[place] = endpoint.kind, endpoint.interval
                owners[place], sizes[place] = interface.number, endpoint.packet_size
        self.send(EP_INFO, 0, bytes(kinds + intervals + owners) + struct.pack(f"<{_SLOTS}H", *sizes))
