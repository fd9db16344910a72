"""Measure the command: processor time of a whole process, compared with an empty Python in the same run."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.support.desk import Desk
from totpkey.install.drive import drive_folder
from totpkey_virtual.pty import SerialBridge
from totpkey_virtual.simulator import SimulatedKey

ROUNDS = 15
EMPTY = [sys.executable, "-c", "pass"]


def spent(work: Callable[[], object]) -> float:
    """Return user and system time in ms of the processes that `work` starts and waits for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def processor_ms(command: list[str]) -> float:
    """Return the time of one run in ms. Raise CalledProcessError if it fails."""
    return spent(lambda: subprocess.run(command, check=True, capture_output=True))


def against_empty(command: list[str]) -> tuple[float, float]:
    """Return the median ms of the command and of an empty Python, run alternately."""
    pairs = [(processor_ms(command), processor_ms(EMPTY)) for _ in range(ROUNDS)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def command(*arguments: str) -> list[str]:
    return [str(Path(sys.executable).with_name("totpkey")), *arguments]


def with_key(measure: Callable[[Path], tuple[float, float]]) -> tuple[float, float]:
    """Measure with a simulated key that has ten accounts and is in its setup face."""
    from benchmarks.chip import accounts

    key = SimulatedKey(drive_folder(), unix_time=time.time())
    desk = Desk(key)
    desk.plug_in()
    with desk.client() as client:
        client.set_time(round(key.true_time))
        for account in accounts(10):
            client.add(account)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "key"
        with SerialBridge(key, path):
            return measure(path)
