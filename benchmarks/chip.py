"""Measure the key on the emulated chip in device time, also with a secure element.

Identical runs give identical figures.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from fetch_libraries import fetch_libraries
from tests.support.desk import AMAZON, DERIVED, Desk
from tests.support.keys import MORNING
from totpkey.accounts import codes
from totpkey.accounts.account import Account
from totpkey.install.drive import drive_folder
from totpkey_firmware.element.factory import PAIRINGS
from totpkey_protocol import storage
from totpkey_virtual.chip.key import ChipKey
from totpkey_virtual.clock_chip import Now
from totpkey_virtual.secure_element import Memory, SecureElement

ON_CHIP = Path(__file__).resolve().parent / "on_chip"
#: The host polls a keyboard every 8 ms, so no key can send more than one report in that time.
INTERVAL = 8
#: How long a press lasts, in s.
HELD = 0.08
PIN = "2580"


@dataclass(frozen=True)
class Typing:
    """Results of presses at each millisecond of the poll interval.

    Device time in ms from the edge to the first report (median) and to the last (median and worst), and the
    number of reports.
    """

    first: float
    last: float
    worst: float
    reports: int


@dataclass(frozen=True)
class Adding:
    """The cost of one `add` over serial: device time in ms, and flash operations."""

    milliseconds: float
    erases: int
    programs: int


def accounts(count: int) -> list[Account]:
    """Return Amazon's account and others of typical length, `count` in all."""
    others = [Account("Example", f"user{n}@example.com", bytes([n]) * 20) for n in range(count - 1)]
    return [AMAZON, *others]


class Bench:
    """Measures keys that run a given image."""

    def __init__(self, image: Path, element: Callable[[Now], SecureElement] | None = None) -> None:
        """`element` makes the secure element beside each key, if they have one."""
        self.image = image
        self._element = element

    def desk(self, drive: Path) -> Desk:
        return Desk(
            ChipKey(self.image, drive, start_time=MORNING, alone=storage.FILES, element=self._element)
        )

    def provisioned(self, count: int) -> tuple[Desk, Adding]:
        """Return a key with `count` accounts in its everyday face, and the cost of adding one more."""
        desk = self.desk(drive_folder())
        with desk.until_done(desk.first_set_up()) as client:
            client.batch(count)
            for account in accounts(count):
                client.add(account)
            # This request ends the batch, so that the pages it held back are written.
            client.list()
            before, start = replace(desk.key.flash_use), desk.key.uptime_ms
            added = client.add(Account("Example", "one more", bytes(20)))
            took, after = desk.key.uptime_ms - start, desk.key.flash_use
            adding = Adding(took, after.erases - before.erases, after.programs - before.programs)
            client.remove(added.account)
        return desk, adding

    def opening(self, count: int) -> float:
        """Return the device time in ms from the release that ends a PIN to the last write of the unlock."""
        desk, _ = self.provisioned(count)
        with desk.until_done(desk.setup_client()) as client:
            client.set_pin(PIN)
            # The accounts are sealed under the new data key, which the first opening would else go on with.
            desk.key.run(3 + count / 50)
        desk.replug()
        return desk.opening(PIN)

    def configured(self, desk: Desk) -> float:
        """Return the time in ms from power-on until the computer has configured the key."""
        desk.key.unplug()
        desk.key.plug()
        assert desk.key.run_until(lambda: desk.key.usb.enumeration is not None, 8)
        return desk.key.uptime_ms

    def answer(self, desk: Desk) -> float:
        """Return the time in ms from the restart into setup to the first answer to a program."""
        desk.replug()
        key, before = desk.key, desk.key.usb.enumeration
        key.set_button(True)
        assert key.run_until(lambda: key.usb.enumeration is not before, 8)
        start = key.uptime_ms
        key.set_button(False)
        assert key.run_until(lambda: desk.shows(serial=True), 8)
        key.open_serial()
        key.write_serial(b'{"id":1,"command":"hello"}\n')
        assert key.run_until(lambda: b"\n" in key.read_serial(), 8)
        return key.uptime_ms - start

    def ready(self, desk: Desk) -> tuple[int, float]:
        """Return the time to the earliest press that types, bisected to 5 ms, and to its first report."""
        low, high = 0, 3000
        while high - low > 5:
            middle = (low + high) // 2
            if self._types_at(desk, middle):
                high = middle
            else:
                low = middle
        assert self._types_at(desk, high)
        return high, desk.key.usb.reports[0].ms

    def typing(self, desk: Desk) -> Typing:
        """Press for a code without two equal digits in a row."""
        desk.replug()
        self._await_code_without_doubles(desk)
        desk.key.press(HELD)
        desk.key.run(1)
        presses = [self._press(desk, phase) for phase in range(INTERVAL)]
        first, last = ([press[at] for press in presses] for at in (0, 1))
        return Typing(median(first), median(last), max(last), int(presses[0][2]))

    def _press(self, desk: Desk, phase: int) -> tuple[float, float, int]:
        """Press once, `phase` ms into the host's poll interval.

        This is the second press of a double press, since a single press does not type the same code twice.
        """
        desk.key.press(HELD)
        desk.key.run(0.2)
        desk.key.run((INTERVAL - desk.key.uptime_ms % INTERVAL + phase) / 1000)
        before, start = len(desk.key.usb.reports), desk.key.uptime_ms
        desk.key.press(HELD)
        desk.key.run(0.8)
        reports = [report.ms - start for report in desk.reports_since(before) if report.ms > start]
        return reports[0], reports[-1], len(reports)

    def batch(self, count: int) -> float:
        """Return the device time in ms from gesture to last reply when one gesture adds `count` accounts."""
        desk = self.desk(drive_folder())
        with desk.client() as client:
            client.batch(count)
            began = desk.key.uptime_ms
            for account in accounts(count):
                client.add(account)
            return desk.key.uptime_ms - began

    def common_way(self) -> Typing:
        """Measure the same press on a key that types in the usual way."""
        with TemporaryDirectory() as folder:
            drive = Path(shutil.copytree(drive_folder(), Path(folder) / "drive"))
            for name in ("keyboard_layout_base.py", "keyboard_layout_us.py"):
                shutil.copy(fetch_libraries() / "adafruit_hid" / name, drive / "lib" / "adafruit_hid" / name)
            shutil.copy(ON_CHIP / "common_way.py", drive / "code.py")
            desk = self.desk(drive)
            desk.key.clock.set_unix(MORNING)
            desk.plug_in()
            return self.typing(desk)

    def inside(self, count: int) -> dict[str, int]:
        """Return the free heap of a running key in bytes and the µs for a code by algorithm."""
        with TemporaryDirectory() as folder:
            desk, _ = self.provisioned(count)
            drive = Path(shutil.copytree(drive_folder(), Path(folder) / "drive"))
            shutil.copy(ON_CHIP / "inside.py", drive / "code.py")
            shutil.copy(ON_CHIP / "boot.py", drive / "boot.py")
            for name, content in desk.key.drive.items():
                if name.startswith("vault/"):
                    (drive / name).write_bytes(content)
            measuring = self.desk(drive)
            measuring.key.clock.set_unix(MORNING)
            measuring.plug_in()
            measuring.key.open_serial()
            received = b""
            while b"\n" not in received:
                measuring.key.run(0.5)
                received += measuring.key.read_serial()
            figures: dict[str, int] = json.loads(received.splitlines()[0])
            return figures

    def _types_at(self, desk: Desk, milliseconds: int) -> bool:
        # In the last seconds of a code the key would wait for the next one.
        desk.away_from_the_boundary(AMAZON, 12.0)
        desk.key.unplug()
        desk.key.plug()
        desk.key.run(milliseconds / 1000)
        before = len(desk.key.usb.reports)
        desk.key.press()
        desk.key.run(0.4)
        return len(desk.key.usb.reports) > before

    def _await_code_without_doubles(self, desk: Desk) -> None:
        while True:
            desk.away_from_the_boundary(AMAZON, 16.0)
            code = codes.totp(AMAZON.secret, int(desk.key.true_time), "SHA1", 6, 30)
            if all(first != second for first, second in pairwise(code)):
                return
            desk.key.run(30)


#: In s: from the end of the entry until the element is in use.
TAKES = 14


def with_element(image: Path) -> dict[str, float]:
    """Return what each takes in ms."""
    memory = Memory(PAIRINGS[0][1], os.urandom)
    bench = Bench(image, lambda now: SecureElement(now, memory))
    desk, _ = bench.provisioned(1)
    ready, _ = bench.ready(desk)
    set_locks(desk)
    taken = desk.opening(PIN, TAKES)
    desk.replug()
    return {
        "power-on to the first press that types, no lock": ready,
        "the PIN's first entry, which takes the element into use": taken,
        "the PIN to open, session opened beside its entry": desk.opening(PIN),
    }


def set_locks(desk: Desk) -> None:
    """Set a passphrase and a PIN, and unplug and plug in."""
    with desk.until_done(desk.setup_client()) as client:
        client.set_passphrase(DERIVED, bytes(16), 65536, 3, 1)
        client.set_pin(PIN)
    desk.replug()
