"""What flash keeps, what writing costs, and what a power cut leaves."""

from __future__ import annotations

import pytest

from totpkey_virtual.chip.key import ChipKey
from totpkey_virtual.flash import Moment, PowerCut, Torn
from virtual.tests.chip.conftest import ANSWERING, SETUP, MakeKey, answers, start

pytestmark = pytest.mark.chip

MB = 1024 * 1024
#: The fields of a boot sector that say where things lie (bytes per sector to sectors per FAT).
BPB = slice(11, 24)
#: Writes to NVM what comes on the serial port, and answers.
NVM = f"""{ANSWERING}
import microcontroller
while True:
    if usb_cdc.data.in_waiting:
        place, value = usb_cdc.data.read(2)
        microcontroller.nvm[place] = value
        say(value)
"""
#: Overwrites a file of the drive in place when a byte comes.
IN_PLACE = f"""{ANSWERING}
import os
say("ready")
while not usb_cdc.data.in_waiting:
    pass
with open("/slots/a/slot.bin", "r+b") as slot:
    slot.write(b"n" * 512)
os.sync()
say("done")
"""
SLOTS = {"slots/a/slot.bin": b"a" * 512, "slots/b/slot.bin": b"b" * 512}


def booted(key: ChipKey) -> ChipKey:
    """The key after its first boot, whose writing of boot_out.txt is not of interest here."""
    start(key)
    key.unplug()
    start(key)
    return key


def write_nvm(key: ChipKey, place: int, value: int) -> None:
    key.open_serial()
    key.write_serial(bytes((place, value)))
    assert answers(key, 1) == [str(value)]


def test_nvm_is_kept_over_replug(make_key: MakeKey) -> None:
    key = start(make_key(NVM, SETUP))
    write_nvm(key, 3, 42)
    key.unplug()
    key.wait_unplugged(60)

    assert key.nvm[:5] == b"\xff\xff\xff\x2a\xff"
    start(key)
    write_nvm(key, 4, 43)
    assert key.nvm[3:5] == b"\x2a\x2b"


def test_writing_erased_nvm_costs_one_program_and_rewriting_an_erase(make_key: MakeKey) -> None:
    key = booted(make_key(NVM, SETUP))
    write_nvm(key, 0, 1)
    assert [operation.kind for operation in key.flash_operations] == ["program"]

    before = key.uptime_ms
    write_nvm(key, 0, 2)
    kinds = [operation.kind for operation in key.flash_operations[1:]]
    assert kinds == ["erase"] + ["program"] * 16
    assert key.uptime_ms - before > 45 + 16 * 0.4  # W25Q16JV, typical
    assert (key.flash_use.erases, key.flash_use.programs) == (1, 17)


def test_power_cut_before_an_operation_leaves_the_old(make_key: MakeKey) -> None:
    key = booted(make_key(NVM, SETUP))
    key.cut_power_at(PowerCut(0, Moment.BEFORE))
    key.open_serial()
    key.write_serial(bytes((7, 9)))
    key.run(1)

    assert not key.plugged
    assert key.nvm[7] == 0xFF


@pytest.mark.parametrize(("torn", "left"), [(Torn.ZEROS, 0x00), (Torn.ONES, 0xFF)])
def test_power_cut_in_an_erase_tears_the_sector(make_key: MakeKey, torn: Torn, left: int) -> None:
    key = booted(make_key(NVM, SETUP))
    write_nvm(key, 1, 5)
    key.cut_power_at(PowerCut(1, Moment.DURING, torn))
    key.open_serial()
    key.write_serial(bytes((1, 6)))
    key.run(1)

    assert not key.plugged
    # Cells that were to go from 0 to 1 are torn; those that were 1 stay.
    assert key.nvm[1] == 5 | left
    assert key.nvm[2:] == b"\xff" * 4094


def test_a_drive_from_a_folder_is_read_by_circuitpython(make_key: MakeKey) -> None:
    files = {"lib/deep/Long Name With Case.txt": b"x" * 1300, "empty.txt": b"", "EIGHT.TXT": b"short name"}
    code = f"""{ANSWERING}
import os
say(sorted(os.listdir("/")))
say(len(open("/lib/deep/Long Name With Case.txt").read()))
say(os.stat("/empty.txt")[6])
say(open("/eight.txt").read())
say(os.statvfs("/")[0])
"""
    key = start(make_key(code, SETUP, files))

    listing, *rest = answers(key, 5)
    assert listing == "['EIGHT.TXT', 'boot.py', 'boot_out.txt', 'code.py', 'empty.txt', 'lib']"
    assert rest == ["1300", "0", "'short name'", "512"]
    assert key.drive["lib/deep/Long Name With Case.txt"] == b"x" * 1300


def test_circuitpython_formats_a_blank_chip_as_we_do(make_key: MakeKey) -> None:
    key = make_key("")
    ours = key.flash[MB:]
    key.flash = key.flash[:MB] + b"\xff" * MB
    key.plug()
    assert key.run_until(lambda: key.usb.enumeration is not None, limit=20)

    assert key.drive["code.py"] == b'print("Hello World!")\n'
    assert key.flash[MB:][BPB] == ours[BPB]


@pytest.mark.parametrize("seed", range(4))
def test_a_cut_while_one_lone_file_is_rewritten_hurts_no_other(make_key: MakeKey, seed: int) -> None:
    key = booted(make_key(IN_PLACE, SETUP, SLOTS, alone=SLOTS))
    assert answers(key, 1) == ["'ready'"]
    key.cut_power_at(PowerCut(seed * 5, Moment.DURING, Torn.RANDOM, seed))
    key.write_serial(b"!")
    key.run(3)

    assert not key.plugged
    left = key.drive
    assert left["slots/b/slot.bin"] == SLOTS["slots/b/slot.bin"]
    assert left["code.py"] == IN_PLACE.encode()
