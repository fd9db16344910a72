"""The drive and the NVM: who may write, what a cut leaves behind, and what wears the flash.

How the drive's files are found, compiled and run, from the present content of its folder.
Power also fails during a flash operation, and costs most where the firmware rewrites shared sectors.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from totpkey_virtual.flash import DRIVE_START, SECTOR, Moment, PowerCut, Torn
from totpkey_virtual.simulator import SimulatedKey
from virtual.tests.simulator.conftest import EVERYDAY, FOREVER, MakeKey, Printed, classes, plug_in


def test_each_key_imports_its_own_module_at_each_start(make_key: MakeKey) -> None:
    """What was found on one drive is kept for others, where the same blocks read alike."""
    keys = [make_key("import which\n" + FOREVER, files={"which.py": f"print('{one}')\n"}) for one in "ab"]
    for _ in range(2):
        for key, one in zip(keys, "ab", strict=True):
            key.unplug()
            key.plug()
            key.run(5)
            assert key.console.endswith(f"{one}\n")


@pytest.mark.parametrize("prefix", ["", "../../../../../.."])
def test_nothing_outside_the_drive_can_be_opened(printed: Printed, tmp_path: Path, prefix: str) -> None:
    outside = tmp_path / "outside"
    outside.write_text("secret")
    assert "ENOENT" in printed(f"print(open('{prefix}{outside}').read())")[-1]


@pytest.mark.parametrize(
    ("boot", "result"),
    [
        ("", "Read-only filesystem"),
        (EVERYDAY, "written"),
        ("import storage; storage.remount('/', readonly=False)", "written"),
        (EVERYDAY + "storage.remount('/', readonly=True)", "Read-only filesystem"),
    ],
)
def test_code_writes_only_without_usb_write_access(printed: Printed, boot: str, result: str) -> None:
    code = """
import storage
try:
    with open('/x', 'w') as file: file.write('1')
    print('written', storage.getmount('/').readonly)
except OSError as error:
    print(error, storage.getmount('/').readonly)
"""
    assert result in printed(code, boot)[-1]


def test_remount_is_refused_while_the_computer_sees_the_drive(printed: Printed) -> None:
    assert printed("import storage; storage.remount('/', False)", boot="")[-1].startswith("RuntimeError")


# Power cuts

WRITE = """
import os, time
file = open('/log', 'ab')
file.write(b'new')
{then}
print('written')
time.sleep({sleep})
"""


def cut_after_write(make_key: MakeKey, then: str = "", sleep: float = 60, run: float = 0.5) -> bytes:
    """What a file that held "old" holds after `then` and a cut `run` seconds later."""
    key = make_key(WRITE.format(then=then, sleep=sleep), files={"log": "old"})
    assert key.run_until(lambda: key.console.endswith("written\n"))
    key.run(run)
    key.unplug()
    return key.drive["log"]


@pytest.mark.parametrize(
    ("then", "content"),
    [("", b"old"), ("os.sync()", b"old"), ("file.flush()", b"oldnew"), ("file.close()", b"oldnew")],
)
def test_what_a_cut_leaves_of_an_appended_file(make_key: MakeKey, then: str, content: bytes) -> None:
    assert cut_after_write(make_key, then) == content


def test_a_file_left_open_keeps_its_length_when_the_run_ends(make_key: MakeKey) -> None:
    assert cut_after_write(make_key, sleep=0, run=5) == b"old"


@pytest.mark.parametrize(("data", "left"), [("b'N' * 512", b"N"), ("b'N' * 511", b"o")])
def test_whole_blocks_are_written_back_after_a_second(make_key: MakeKey, data: str, left: bytes) -> None:
    """Less than a block stays in FatFs's window until that moves."""
    code = f"import time\nfile = open('/log', 'r+b')\nfile.write({data})\nprint('written')\ntime.sleep(60)"
    key = make_key(code, files={"log": b"o" * 1024})
    assert key.run_until(lambda: key.console.endswith("written\n"))
    assert key.drive["log"] == b"o" * 1024
    key.run(1.1)
    assert key.drive["log"].startswith(left)


def test_rename_is_not_atomic(make_key: MakeKey) -> None:
    code = "import os\nprint('renaming')\nos.rename('/new', '/name')\nprint('renamed')\n" + FOREVER
    key = make_key(code, files={"name": "old", "new": "new"})
    assert key.run_until(lambda: "renaming" in key.console)
    assert key.run_until(lambda: "name" not in key.drive and "new" in key.drive)
    key.unplug()
    assert key.drive["new"] == b"new"
    assert "name" not in key.drive


def test_flash_outlives_the_power_and_can_be_given_to_another_key(make_key: MakeKey) -> None:
    key = make_key("with open('/kept/x', 'w') as file: file.write('1')\n" + FOREVER, files={"kept/a": "a"})
    key.run(5)
    key.unplug()
    copy = make_key(FOREVER)
    copy.unplug()
    copy.flash = key.flash
    assert copy.drive["kept/x"] == b"1"
    with pytest.raises(ValueError, match="this board's flash"):
        copy.flash = b""


def test_a_missing_drive_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="make drive"):
        SimulatedKey(tmp_path / "none")


@pytest.mark.parametrize("mode", ["w", "wb"])
def test_a_reset_by_the_watchdog_loses_the_cache(make_key: MakeKey, mode: str) -> None:
    code = f"""
import microcontroller, time, watchdog
microcontroller.watchdog.timeout = 0.5
microcontroller.watchdog.mode = watchdog.WatchDogMode.RESET
file = open('/log', '{mode}')
file.write({'"new"' if mode == "w" else 'b"new"'})
while True: pass
"""
    boot = EVERYDAY + "import os; print(os.listdir('/'), [len(open(name).read()) for name in ['/log']])"
    key = make_key(code, boot=boot, files={"log": "old"})
    key.run(5)
    assert "['boot.py', 'boot_out.txt', 'code.py', 'log'] [0]" in key.console
    assert key.drive["log"] == b""


def test_nvm_outlives_the_drive(make_key: MakeKey) -> None:
    key = make_key("from microcontroller import nvm\nnvm[0] = 5\nimport storage\nstorage.erase_filesystem()")
    key.run(20)
    assert key.nvm[0] == 5
    assert key.drive["code.py"] == b'print("Hello World!")\n'
    assert "boot.py" not in key.drive


def test_a_file_in_place_of_another_of_its_size_and_time_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "drive"
    folder.mkdir()
    for content in (b"1\n", b"2\n"):
        other = tmp_path / "other"
        other.write_bytes(content)
        os.utime(other, (1, 1))
        other.replace(folder / "note.txt")
        assert SimulatedKey(folder).drive["note.txt"] == content


def test_a_module_is_executed_once(printed: Printed) -> None:
    code = "import noisy\nfrom noisy import X\nimport sys\nprint(X, 'noisy' in sys.modules)"
    assert printed(code, files={"noisy.py": "print('executed')\nX = 1"}) == ["executed", "1 True"]


def test_the_process_keeps_its_own_modules(printed: Printed) -> None:
    before = set(sys.modules)
    code = "import board, supervisor, helper\nprint(helper.X)"
    assert printed(code, files={"helper.py": "X = 'done'"}) == ["done"]
    assert {"board", "supervisor", "helper"}.isdisjoint(set(sys.modules) - before)


def test_compiled_libraries_cannot_run_here(printed: Printed) -> None:
    (*_, told) = printed("import fast", files={"lib/fast.mpy": b"C\x06"})
    assert "fast.mpy: the simulator needs source/fast.py in the drive's folder" in told


def test_a_caught_exception_goes_to_the_console_that_nobody_sees(printed: Printed) -> None:
    code = """
import io, traceback
try:
    1 / 0
except ZeroDivisionError as error:
    traceback.print_exception(error)
    text = io.StringIO()
    traceback.print_exception(type(error), error, error.__traceback__, file=text)
    print(text.getvalue().splitlines()[-1])
"""
    lines = printed(code)
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-2:] == ["ZeroDivisionError: division by zero"] * 2


MASS_STORAGE = 0x08
#: Writes to a file that stays open, a whole flash sector of it, once the key is in use.
IN_PLACE = """
import os, time
file = open('/pages', 'r+b')
time.sleep(1)
file.write(b'n' * 4096)
os.sync()
while True: time.sleep(1)
"""
GROWING = IN_PLACE.replace(
    "file.write(b'n' * 4096)", "with open('/new', 'wb') as new: new.write(b'n' * 4096)"
)
PAGES = {"pages": b"o" * 4096}
#: The flash sectors of that file, whose ends it shares with its neighbours.
OF_PAGES = (DRIVE_START + 5 * SECTOR, DRIVE_START + 6 * SECTOR)


def in_use(make_key: MakeKey, code: str) -> SimulatedKey:
    """A key whose first boot, which writes boot_out.txt, is over, and that is about to write."""
    key = make_key(code, files=dict(PAGES), board="raspberry_pi_pico")
    key.run(3)
    key.unplug()
    key.plug()
    assert plug_in(key).flash_operations == []
    return key


def test_whole_sectors_of_an_open_file_touch_nothing_else(make_key: MakeKey) -> None:
    key = in_use(make_key, IN_PLACE)
    key.run(2)
    assert {done.address for done in key.flash_operations if done.kind == "erase"} == set(OF_PAGES)


def test_a_cut_before_an_operation_leaves_the_old(make_key: MakeKey) -> None:
    key = in_use(make_key, IN_PLACE)
    before = key.flash
    key.cut_power_at(PowerCut(0, Moment.BEFORE))
    key.run(5)
    assert not key.plugged
    assert key.flash == before


@pytest.mark.parametrize("torn", Torn)
def test_a_cut_in_an_erase_tears_the_sector(make_key: MakeKey, torn: Torn) -> None:
    key = in_use(make_key, IN_PLACE)
    before = key.flash
    key.cut_power_at(PowerCut(0, Moment.DURING, torn, seed=1))
    assert not key.run_until(lambda: not key.plugged, limit=0.5)
    assert key.run_until(lambda: not key.plugged, limit=5)
    start = key.flash_operations[0].address
    left = key.flash[start : start + SECTOR]
    assert (left == b"\xff" * SECTOR, left == before[start : start + SECTOR]) == (
        torn is Torn.ONES,
        torn is Torn.ZEROS,
    )
    assert key.flash[:start] + key.flash[start + SECTOR :] == before[:start] + before[start + SECTOR :]


def test_a_cut_while_a_file_is_made_loses_the_drive_and_opens_the_key(make_key: MakeKey) -> None:
    key = in_use(make_key, GROWING)
    assert MASS_STORAGE not in classes(key)
    key.run(3)
    table = next(n for n, done in enumerate(key.flash_operations) if done.address == DRIVE_START)

    key = in_use(make_key, GROWING)
    key.cut_power_at(PowerCut(table, Moment.DURING, Torn.ONES))
    key.run(3)
    assert not key.plugged
    key.plug()
    assert MASS_STORAGE in classes(plug_in(key))
    assert key.drive["code.py"] == b'print("Hello World!")\n'
