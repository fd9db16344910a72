"""Parses the descriptors of USB (USB 2.0 chapter 9) and of HID's reports (HID 1.11 section 6.2.2).

The host's drivers use the first; of the second there is just enough to tell reports apart.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

DEVICE, CONFIGURATION, STRING, INTERFACE, ENDPOINT = 1, 2, 3, 4, 5
#: HID 1.11 section 7.1.
HID, HID_REPORT = 0x21, 0x22
HID_CLASS, CDC_CLASS, CDC_DATA_CLASS = 0x03, 0x02, 0x0A
IN = 0x80
BULK, INTERRUPT = 2, 3
#: In the attributes of a configuration (section 9.6.3): the device can wake its computer.
WAKES = 0x20


@dataclass(frozen=True)
class Device:
    """The device descriptor (section 9.6.1). The last three fields are string indices."""

    packet_size: int
    vendor_id: int
    product_id: int
    manufacturer: int
    product: int
    serial_number: int

    @classmethod
    def parse(cls, raw: bytes) -> Device:
        packet_size, vendor, product = struct.unpack_from("<BHH", raw, 7)
        return cls(packet_size, vendor, product, *raw[14:17])


@dataclass(frozen=True)
class Endpoint:
    """An endpoint descriptor (section 9.6.6); `interval` in frames of 1 ms."""

    address: int
    kind: int
    packet_size: int
    interval: int

    @property
    def number(self) -> int:
        return self.address & 0xF

    @property
    def is_in(self) -> bool:
        return bool(self.address & IN)


@dataclass
class InterfaceDescriptor:
    """An interface descriptor (section 9.6.5) with its endpoints; `report_length` for HID."""

    number: int
    usb_class: int
    subclass: int
    protocol: int
    name: int
    endpoints: list[Endpoint] = field(default_factory=list[Endpoint])
    report_length: int = 0

    def endpoint(self, kind: int, is_in: bool) -> Endpoint | None:
        found = (e for e in self.endpoints if e.kind == kind and e.is_in == is_in)
        return next(found, None)


def interfaces(configuration: bytes) -> list[InterfaceDescriptor]:
    """The interfaces of a configuration descriptor, without alternate settings."""
    found: list[InterfaceDescriptor] = []
    for raw in split(configuration):
        if raw[1] == INTERFACE and raw[3] == 0:
            found.append(InterfaceDescriptor(raw[2], *raw[5:9]))
        elif raw[1] == ENDPOINT and found:
            address, attributes, size, interval = struct.unpack_from("<BBHB", raw, 2)
            found[-1].endpoints.append(Endpoint(address, attributes & 3, size & 0x7FF, interval))
        elif raw[1] == HID and found and found[-1].usb_class == HID_CLASS:
            found[-1].report_length = int.from_bytes(raw[7:9], "little")
    return found


def text(raw: bytes) -> str:
    """A string descriptor (section 9.6.7)."""
    return raw[2 : raw[0]].decode("utf-16-le") if len(raw) >= 2 else ""


def split(configuration: bytes) -> Iterator[bytes]:
    """The descriptors that a configuration descriptor is made of."""
    at = 0
    while at + 2 <= len(configuration) and configuration[at]:
        yield configuration[at : at + configuration[at]]
        at += configuration[at]


@dataclass
class SerialFunction:
    """A CDC function."""

    control_interface: int
    input: Endpoint
    output: Endpoint


def last_serial(found: list[InterfaceDescriptor]) -> SerialFunction | None:
    """The last CDC function: CircuitPython puts the data port behind the console."""
    control = 0
    serial = None
    for interface in found:
        if interface.usb_class == CDC_CLASS:
            control = interface.number
        elif interface.usb_class == CDC_DATA_CLASS:
            bulk_in = interface.endpoint(BULK, is_in=True)
            bulk_out = interface.endpoint(BULK, is_in=False)
            if bulk_in and bulk_out:
                serial = SerialFunction(control, bulk_in, bulk_out)
    return serial


GENERIC_DESKTOP, KEYBOARD = 0x01, 0x06

# Short items without their size bits (sections 6.2.2.4 to 6.2.2.8)
_COLLECTION, _END_COLLECTION, _USAGE_PAGE, _REPORT_ID, _USAGE = 0xA0, 0xC0, 0x04, 0x84, 0x08
_LONG_ITEM = 0xFE


@dataclass(frozen=True)
class Application:
    """A top-level collection: its usage, and the id of its reports (0: they carry none)."""

    usage_page: int
    usage: int
    report_id: int

    @property
    def is_keyboard(self) -> bool:
        return (self.usage_page, self.usage) == (GENERIC_DESKTOP, KEYBOARD)


def items(descriptor: bytes) -> list[tuple[int, int]]:
    """Every short item as tag-and-type and value."""
    found, at = [], 0
    while at < len(descriptor):
        prefix = descriptor[at]
        if prefix == _LONG_ITEM:
            at += 3 + descriptor[at + 1]
            continue
        size = (0, 1, 2, 4)[prefix & 3]
        found.append((prefix & 0xFC, int.from_bytes(descriptor[at + 1 : at + 1 + size], "little")))
        at += 1 + size
    return found


def applications(descriptor: bytes) -> tuple[Application, ...]:
    """The top-level collections of a report descriptor, in order."""
    found: list[Application] = []
    page = usage = depth = 0
    for tag, value in items(descriptor):
        if tag == _USAGE_PAGE:
            page = value
        elif tag == _USAGE and depth == 0:
            usage = value
        elif tag == _COLLECTION:
            if depth == 0:
                found.append(Application(page, usage, 0))
            depth += 1
        elif tag == _END_COLLECTION:
            depth -= 1
        elif tag == _REPORT_ID and found and not found[-1].report_id:
            found[-1] = Application(found[-1].usage_page, found[-1].usage, value)
    return tuple(found)
