"""Measure the speed of keys without hardware in processor time, which is wall time on a quiet machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from tests.support.desk import AMAZON, Desk
from tests.support.keys import MORNING, simulated
from totpkey.install.drive import drive_folder
from totpkey_protocol import storage
from totpkey_virtual.chip.key import ChipKey
from totpkey_virtual.key import VirtualKey
from totpkey_virtual.snapshot import Snapshot

ROUNDS = 15
#: The idle period that is measured, in device seconds.
IDLE = 20


def processor_ms(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return 1000 * (time.process_time() - begun)


def chip(image: Path) -> ChipKey:
    return ChipKey(image, drive_folder(), start_time=MORNING, alone=storage.FILES)


def simulator() -> VirtualKey:
    return simulated().key


def boot(key: VirtualKey) -> tuple[float, float]:
    """Return the cost from power-on to configured: processor ms and device seconds."""
    begun = key.uptime_ms
    key.plug()
    took = processor_ms(lambda: key.run_until(lambda: key.usb.enumeration is not None, 8))
    assert key.usb.enumeration is not None
    device = (key.uptime_ms - begun) / 1000
    key.unplug()
    return took, device


def ready(key: VirtualKey) -> VirtualKey:
    """Return an idle key with one account in its everyday face."""
    Desk(key).provision(AMAZON)
    return key


def idle(key: VirtualKey) -> float:
    """Return the processor ms for each idle second."""
    return processor_ms(lambda: key.run(IDLE)) / IDLE


def copies(key: VirtualKey) -> tuple[float, float]:
    """Return the median ms to take a snapshot, and to restore one to a running key."""
    snapshot = Snapshot(key)
    taken = median(processor_ms(lambda: Snapshot(key)) for _ in range(ROUNDS))
    return taken, median(processor_ms(snapshot.restore) for _ in range(ROUNDS))


def rows(images: list[Path]) -> list[list[str]]:
    """Return one row for the simulator and one for the chip with each image, with the columns of `HEAD`."""
    measured = [_measured("simulator", simulator)]
    for image in images:
        measured.append(_measured(f"chip, {image.stem.split('-')[2]}", partial(chip, image)))
    return measured


HEAD = ["key without hardware, processor time", "a boot", "a second of it", "an idle second", "snapshot"]
HEAD += ["snapshot restored"]


def _measured(name: str, make: Callable[[], VirtualKey]) -> list[str]:
    took, device = boot(make())
    key = ready(make())
    cells = [name, f"{took:.0f} ms", f"{took / device:.0f} ms", f"{idle(key):.1f} ms"]
    # The simulator runs the firmware in a thread, which cannot be copied.
    copied = copies(key) if isinstance(key, ChipKey) else ()
    key.unplug()
    return cells + ([f"{each:.1f} ms" for each in copied] or ["–", "–"])
