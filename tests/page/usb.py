"""A USB bus that Chromium takes for real, since it sends udev's messages.

Chromium lists the tty devices that udev reports if their numbers belong to a serial driver. It opens the path
that udev gives, here a pseudo-terminal. The messages have the format of systemd's
src/libsystemd/sd-device/device-monitor.c.
"""

from __future__ import annotations

import struct
import threading
from dataclasses import dataclass

from tests.page.surroundings import Namespaces

#: The number of /dev/ttyS0, of a serial driver in /proc/tty/drivers. Nothing opens the device by number.
_MAJOR, _MINOR = "4", "64"
#: A vendor (Arduino) that makes no keys.
STRANGER = 0x2341
_MAGIC = 0xFEEDCAFE
_HEADER = struct.Struct("=8s I I I I I I I I")
_WORD = 0xFFFFFFFF


@dataclass(frozen=True)
class Device:
    """A CDC device as udev describes it. `path` is the pseudo-terminal."""

    path: str
    vendor_id: int
    product_id: int
    product: str
    serial_number: str

    @property
    def _name(self) -> str:
        return "ttyACM" + "".join(filter(str.isdigit, self.path))

    def message(self, action: str, number: int) -> bytes:
        """Return udev's message for plugging the device in (`add`) or unplugging it (`remove`)."""
        properties = {
            "ACTION": action,
            "DEVPATH": f"/devices/virtual/tty/{self._name}",
            "SUBSYSTEM": "tty",
            "SEQNUM": str(number),
            "DEVNAME": self.path,
            "MAJOR": _MAJOR,
            "MINOR": _MINOR,
            "ID_BUS": "usb",
            "ID_VENDOR_ID": f"{self.vendor_id:04x}",
            "ID_MODEL_ID": f"{self.product_id:04x}",
            "ID_MODEL_ENC": self.product,
            "ID_SERIAL_SHORT": self.serial_number,
            "USEC_INITIALIZED": str(number),
        }
        body = b"".join(f"{name}={value}".encode() + b"\0" for name, value in properties.items())
        size = _HEADER.size
        subsystem = _swap(_murmur(b"tty"))
        return _HEADER.pack(b"libudev", _swap(_MAGIC), size, size, len(body), subsystem, 0, 0, 0) + body


class Bus:
    """A bus into which devices are plugged; `clear` unplugs the remaining ones."""

    def __init__(self, surroundings: Namespaces) -> None:
        self._surroundings = surroundings
        self._devices: list[Device] = []
        self._number = 0
        self._lock = threading.Lock()

    def plug(self, device: Device) -> None:
        with self._lock:
            self._devices.append(device)
            self._tell(device, "add")

    def unplug(self, device: Device) -> None:
        with self._lock:
            self._devices.remove(device)
            self._tell(device, "remove")

    def clear(self) -> None:
        for device in list(self._devices):
            self.unplug(device)

    def _tell(self, device: Device, action: str) -> None:
        self._number += 1
        self._surroundings.send_as_udev(device.message(action, self._number))


def _swap(number: int) -> int:
    """Return a number in network byte order, interpreted in native order."""
    return int(struct.unpack("=I", struct.pack(">I", number))[0])


def _murmur(data: bytes) -> int:
    """Return the MurmurHash2 with seed 0 by which udev's listeners filter messages."""
    factor = 0x5BD1E995
    state = len(data)
    whole = len(data) // 4 * 4
    for (word,) in struct.iter_unpack("<I", data[:whole]):
        word = word * factor & _WORD
        state = (state * factor & _WORD) ^ ((word ^ word >> 24) * factor & _WORD)
    if rest := data[whole:]:
        state = (state ^ int.from_bytes(rest, "little")) * factor & _WORD
    state = (state ^ state >> 13) * factor & _WORD
    return state ^ state >> 15
