"""Files that would take too much time or memory are stopped on Windows, too, and the limit is named.

Wine does not enforce the limit of a job object, so this tests the thread that watches as well.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from readers.tests.entries import PASSWORD
from readers.tests.hostile import FILES
from tests.windows import wine

pytestmark = pytest.mark.needs("windows")

#: In MB. Windows itself ends the process at 377. Under Wine only the thread does: 512 were seen.
MOST_MEMORY = 550

#: Reads a file as the command does, prints the most MB that the process which reads was seen with, and what
#: comes of it. Wine does not tell a process how long another one has worked.
_PROGRAM = """
import ctypes, subprocess, sys, threading
from ctypes import wintypes
from totpkey import errors
from totpkey.cli.input import files
from totpkey_readers.jail import windows_job

kernel32 = ctypes.WinDLL("kernel32")
kernel32.K32GetProcessMemoryInfo.argtypes = (wintypes.HANDLE, ctypes.c_void_p, wintypes.DWORD)
most = [0]

class Popen(subprocess.Popen):
    def __init__(self, *given, **options):
        super().__init__(*given, **options)
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
print(f"{most[0] / 1e6:.0f} {said}")
"""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a view that never ends", "an app's own database"),
        ("5000 nested groups", "nested more deeply than any export"),
        ("JSON of two million objects", "needed more than 360 MiB of memory"),
        ("50 pages of TIFF", "took more than 8 s of work"),
    ],
)
def test_a_hostile_file_is_ended_within_bounds(name: str, words: str, windows: None, tmp_path: Path) -> None:
    file = tmp_path / "export"
    file.write_bytes(FILES[name]())
    ended = wine.run("-c", _PROGRAM, wine.path_of(file), PASSWORD)
    assert ended.code == 0, ended.err.decode(errors="replace")
    memory, said = ended.out.decode(errors="replace").split(" ", 1)
    assert 0 < float(memory) < MOST_MEMORY
    assert words in said
