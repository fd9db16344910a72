"""Measure a key with a secure element on the emulated chip, in device time."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.chip import Bench
from tests.support.desk import DERIVED, Desk
from totpkey_firmware.element.factory import PAIRINGS
from totpkey_virtual.secure_element import Memory, SecureElement

PIN = "2580"
#: In s: from the end of the entry until the element is in use.
TAKES = 14


def figures(image: Path) -> dict[str, float]:
    """Return what each takes in ms."""
    memory = Memory(PAIRINGS[0][1], os.urandom)
    bench = Bench(image, lambda now: SecureElement(now, memory))
    desk, _ = bench.provisioned(1)
    ready, _ = bench.ready(desk)
    lock(desk)
    taken = desk.opening(PIN, TAKES)
    desk.replug()
    return {
        "power-on to the first press that types, no lock": ready,
        "the PIN's first entry, which takes the element into use": taken,
        "the PIN to open, session opened beside its entry": desk.opening(PIN),
    }


def lock(desk: Desk) -> None:
    """Set a passphrase and a PIN, and unplug and plug in."""
    desk.hold_for_setup()
    with desk.client() as client:
        client.set_passphrase(DERIVED, bytes(16), 65536, 3, 1)
        client.set_pin(PIN)
        client.done()
    desk.await_face(serial=False)
    desk.replug()
