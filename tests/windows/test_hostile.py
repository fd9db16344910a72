"""Files that would take all time or memory are ended on Windows, too, and named with the limit.

Wine keeps no limit of a job object, so this shows the thread that looks beside it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.importers.entries import PASSWORD
from tests.importers.hostile import FILES
from tests.windows import wine

pytestmark = pytest.mark.windows

MOST_SECONDS, MOST_MEMORY = 10, 500

#: Reads a file as the command does, prints what the process that reads took by the end (seconds, and the most
#: MB, as far as they could be looked at), and what comes of it.
_PROGRAM = """
import ctypes, subprocess, sys, threading
from ctypes import wintypes
from totpkey import errors
from totpkey.cli.input import files
from totpkey.confined import windows_job

kernel32 = ctypes.WinDLL("kernel32")
kernel32.GetProcessTimes.argtypes = (wintypes.HANDLE, *(ctypes.c_void_p,) * 4)
kernel32.K32GetProcessMemoryInfo.argtypes = (wintypes.HANDLE, ctypes.c_void_p, wintypes.DWORD)
started = []
most = [0]

class Popen(subprocess.Popen):
    def __init__(self, *given, **options):
        super().__init__(*given, **options)
        started.append(self)
        threading.Thread(target=self.look, daemon=True).start()

    def look(self):
        counters = windows_job._Memory(size=ctypes.sizeof(windows_job._Memory))
        while self.returncode is None:
            kernel32.K32GetProcessMemoryInfo(int(self._handle), ctypes.byref(counters), counters.size)
            most[0] = max(most[0], counters.committed)
            over.wait(0.02)

subprocess.Popen = Popen
over = threading.Event()
try:
    contents = files.contents([sys.argv[1]], lambda app: sys.argv[2])
    said = f"{len(contents.found)} accounts, {[one.reason for one in contents.skipped]}"
except errors.TotpkeyError as error:
    said = f"{error.cause} {error.remedy}"
over.set()
times = [(ctypes.c_uint32 * 2)() for _ in range(4)]
kernel32.GetProcessTimes(int(started[0]._handle), *map(ctypes.byref, times))
taken = sum(low + (high << 32) for low, high in times[2:]) / 10_000_000
print(f"{taken:.1f} {most[0] / 1e6:.0f} {said}")
"""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a view that never ends", "an app's own database"),
        ("5000 nested groups", "nested more deeply than any export"),
        ("JSON of two million objects", "needed more than 400 MiB of memory"),
        ("50 pages of TIFF", "took more than 8 s of work"),
    ],
)
def test_a_hostile_file_is_ended_within_bounds(name: str, words: str, windows: None, tmp_path: Path) -> None:
    file = tmp_path / "export"
    file.write_bytes(FILES[name]())
    ended = wine.run("-c", _PROGRAM, wine.path_of(file), PASSWORD)
    assert ended.code == 0, ended.err.decode(errors="replace")
    seconds, memory, said = ended.out.decode(errors="replace").split(" ", 2)
    assert 0 < float(seconds) < MOST_SECONDS
    assert 0 < float(memory) < MOST_MEMORY
    assert words in said
