"""Where the tests' browsers run: in namespaces with a USB bus of their own, or on this computer.

Chromium takes the bus for real, since it sends udev's messages, in the format of systemd's
src/libsystemd/sd-device/device-monitor.c. Chromium lists the tty devices that udev reports if their numbers
belong to a serial driver. It opens the path that udev gives, here a pseudo-terminal.
"""

from __future__ import annotations

import json
import shutil
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_AGENT = Path(__file__).with_name("agent.py")
#: The folder from which Debian's Chromium reads its settings and policies.
_ETC = Path("/etc/chromium")


class Surroundings(Protocol):
    """The environment of the browsers and the servers that they visit."""

    def command(self, *program: str) -> list[str]:
        """Return the command that runs `program` there."""

    def listen(self) -> socket.socket:
        """Return a listening socket at a free port there."""


class ThisComputer:
    """This computer itself, without serial ports."""

    def command(self, *program: str) -> list[str]:
        return list(program)

    def listen(self) -> socket.socket:
        return socket.create_server(("127.0.0.1", 0))


class Namespaces:
    """Separate namespaces that are invisible from outside and need no root."""

    def __init__(self, pid: int, agent: socket.socket) -> None:
        self._pid = pid
        self._agent = agent

    def command(self, *program: str) -> list[str]:
        spaces = ("--user", "--net", "--mount", "--preserve-credentials")
        return ["nsenter", f"--target={self._pid}", *spaces, "--", *program]

    def listen(self) -> socket.socket:
        self._agent.send(b"L")
        _, descriptors, _, _ = socket.recv_fds(self._agent, 64, 1)
        return socket.socket(fileno=descriptors[0])

    def send_as_udev(self, message: bytes) -> None:
        """Send a message to everything that listens to udev there."""
        self._agent.send(b"U" + message)
        assert self._agent.recv(64) == b"sent"


def why_no_namespaces() -> str:
    """Return why namespaces cannot be used here, or an empty string."""
    if sys.platform != "linux" or not (shutil.which("unshare") and shutil.which("nsenter")):
        return "namespaces need Linux with unshare and nsenter (util-linux)"
    if not _ETC.is_dir():
        return f"there is no {_ETC}: install Debian's chromium"
    tried = subprocess.run(["unshare", "-Urnm", "true"], capture_output=True, text=True, check=False)
    return f"no namespaces allowed: {tried.stderr.strip()}" if tried.returncode else ""


@contextmanager
def new_namespaces(folder: Path, pages: Sequence[str], vendors: Sequence[int]) -> Iterator[Namespaces]:
    """Yield new namespaces whose Chromium grants `pages` (URL patterns) the ports of these USB vendors."""
    etc = folder / "etc-chromium"
    shutil.copytree(_ETC, etc)
    managed = etc / "policies" / "managed"
    managed.mkdir(parents=True, exist_ok=True)
    devices = [{"vendor_id": vendor} for vendor in vendors]
    policy = {"SerialAllowUsbDevicesForUrls": [{"devices": devices, "urls": list(pages)}]}
    (managed / "totpkey.json").write_text(json.dumps(policy), encoding="utf-8")
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    program = ["unshare", "-Urnm", sys.executable, str(_AGENT), str(theirs.fileno()), str(etc)]
    with subprocess.Popen(program, pass_fds=[theirs.fileno()]) as process:
        theirs.close()
        with ours:
            assert ours.recv(64) == b"ready", "the agent did not start"
            yield Namespaces(process.pid, ours)


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
