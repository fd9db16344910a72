"""Debian's real browsers, driven by Playwright, where they run, and the key beside them.

They run in namespaces with a USB bus of their own, or on this computer. The key is on that bus, or alone.
Chromium takes the bus for real, since it sends udev's messages, in the format of systemd's
src/libsystemd/sd-device/device-monitor.c. Chromium lists the tty devices that udev reports if their numbers
belong to a serial driver. It opens the path that udev gives, here a pseudo-terminal.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, Playwright

from tests.support.load import patience
from tests.support.places import places
from tests.support.port import PortDesk
from totpkey.cli.simulation.live_key import SimulatedKeys
from totpkey.install.drive import drive_folder
from totpkey.link.client import KeyClient
from totpkey.link.conversation import OnTouch
from totpkey.link.transport import SerialTransport
from totpkey_virtual.pty import SerialBridge
from totpkey_virtual.simulator import SimulatedKey

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


_RELAY = Path(__file__).with_name("firefox_relay.py")
#: A browser starts in so many times what a test waits for anything else.
_START = 6
#: Restrict Chromium to the tests: no updates and no online services. It may run as root.
_CHROMIUM_FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
    # The page's moving picture costs 5 % of a core. It still moves in Firefox.
    "--force-prefers-reduced-motion",
)
#: Do without the suggestions below the address bar, which take three quarters of the time of a new window,
#: and without a spare process for the next site, which takes a fifth of the rest.
_WITHOUT = "WebUIOmniboxPopup,WebUIOmniboxAimPopup,SpareRendererForSitePerProcess"
#: Add that to what Playwright switches off. Of two such arguments Chromium takes the last.
_WITH_FEATURES = f"""\
for argument; do
    shift
    case $argument in --disable-features=*) argument=$argument,{_WITHOUT} ;; esac
    set -- "$@" "$argument"
done
"""
#: Restrict Firefox likewise, unless Playwright does it already.
_FIREFOX_SETTINGS: dict[str, str | float | bool] = {
    "app.normandy.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "datareporting.healthreport.uploadEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
}


def _program(browser: str, *names: str) -> str:
    """Return the path of a browser, which has one of these names. Skip the test without it."""
    found = next(filter(None, map(shutil.which, names)), None)
    if not found:
        pytest.skip(f"there is no {browser}: apt-get install {names[0]}")
    return found


@contextmanager
def chromium(
    playwright: Playwright,
    surroundings: Surroundings,
    folder: Path,
    display: dict[str, str] | None = None,
) -> Iterator[Browser]:
    """Yield Chromium, without a window; or on that environment's display, for screen readers."""
    program = _program("Chromium", "chromium", "google-chrome")
    script = _script(folder / "chromium", surroundings.command(program), _WITH_FEATURES)
    flags = [*_CHROMIUM_FLAGS, *(["--force-renderer-accessibility"] if display else [])]
    with places.program():
        browser = playwright.chromium.launch(
            executable_path=script,
            args=flags,
            timeout=_start(),
            headless=not display,
            env={**(display or os.environ)},
        )
        yield browser
        browser.close()


@contextmanager
def firefox(playwright: Playwright, surroundings: Surroundings, folder: Path) -> Iterator[Browser]:
    prefix = surroundings.command()
    program = [
        sys.executable,
        str(_RELAY),
        str(len(prefix)),
        *prefix,
        _program("Firefox", "firefox-esr", "firefox"),
    ]
    script = _script(folder / "firefox", program)
    # With this channel Playwright uses WebDriver BiDi, which every Firefox supports.
    with places.program():
        browser = playwright.firefox.launch(
            channel="moz-firefox",
            executable_path=script,
            firefox_user_prefs=_FIREFOX_SETTINGS,
            timeout=_start(),
        )
        yield browser
        browser.close()


def _start() -> float:
    """Return how long a browser may take to start, in ms."""
    return 1000 * _START * patience()


def _script(path: Path, program: Sequence[str], before: str = "") -> Path:
    """Write a script that starts a program, for Playwright to start."""
    path.write_text(f'#!/bin/sh\n{before}exec {shlex.join(program)} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return path


class PageDesk(PortDesk):
    """A desk whose key's serial port is plugged into `bus` and unplugged, depending on the key's face."""

    def __init__(
        self,
        path: Path,
        bus: Bus | None = None,
        uid: bytes = bytes(range(8)),
        key: SimulatedKey | None = None,
    ) -> None:
        """`key` replaces the default: a new key whose clock is right."""
        if not key:
            key = SimulatedKey(drive_folder(), uid=uid, unix_time=time.time())
            key.clock.set_unix(key.true_time)
        super().__init__(SerialBridge(key, path, on_port=self._on_port))
        self._bus = bus
        self._device: Device | None = None

    def __enter__(self) -> PageDesk:
        self.bridge.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.bridge.__exit__(None, None, None)
        if self.key.plugged:
            self.key.unplug()

    @property
    def keys(self) -> SimulatedKeys:
        """The keys that `totpkey web --simulate` offers."""
        return SimulatedKeys(self.key, self.bridge.path)

    def client(self, on_touch: OnTouch | None = None) -> KeyClient:
        """Plug in the key, unless it is, and open its port, while no page has it."""
        if not self.key.plugged:
            self.plug_in()
        return KeyClient(SerialTransport(str(self.bridge.path)), on_touch or self.obey)

    def typed(self) -> str:
        with self.bridge.lock:
            return self.computer.text

    def until(self, condition: Callable[[], bool], limit: float | None = None) -> None:
        super().until(condition, limit or patience())

    # The bus

    def _on_port(self, name: str) -> None:
        if self._bus is None:
            return
        if self._device:
            self._bus.unplug(self._device)
            self._device = None
        usb = self.key.usb.enumeration
        if name and usb:
            self._device = Device(name, usb.vendor_id, usb.product_id, usb.product, usb.serial_number)
            self._bus.plug(self._device)
