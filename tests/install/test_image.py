"""The single file that turns a board into a key."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.install.boards import BOARD, FULL, installed, interpreter, write, written
from tests.install.conftest import Says
from tests.support.desk import AMAZON, CDC, CDC_DATA, HID, Desk
from totpkey.cli.root import run
from totpkey.install import image
from totpkey.install.drive import drive_files
from totpkey.sealing import edits as sealing
from totpkey_protocol import slots, storage
from totpkey_protocol.boards import BOARDS
from totpkey_virtual.chip.key import DEFAULT_ID, ChipKey
from totpkey_virtual.flash import ERASED, FlashCells, Moment, PowerCut, Torn
from totpkey_volume import fat, fat_reader, layout, uf2
from totpkey_volume.circuitpython import DRIVE_START, MB, NVM_START, SECTOR
from totpkey_volume.fat_format import Geometry
from virtual.tests.chip.boot_loader import MassStorage, plug_in_blank


@pytest.mark.parametrize("board", BOARDS)
def test_it_puts_circuitpython_and_the_drive_onto_any_board(board: str) -> None:
    before = b"\x5a" * (BOARDS[board].flash * MB)

    flash = written(image.build(FULL, drive_files(), board), before)

    assert flash[: len(FULL)] == FULL
    assert flash[len(FULL) : DRIVE_START] == before[len(FULL) : DRIVE_START]
    drive = fat_reader.read(flash[DRIVE_START:])
    assert {path: drive[path] for path in layout.on_a_key(drive_files())} == layout.on_a_key(drive_files())
    assert drive.keys() - layout.on_a_key(drive_files()).keys() == {
        slots.SEALS,
        *(file for _, _, file in slots.SLOTS),
    }


@pytest.mark.parametrize("board", BOARDS)
def test_vault_slots_and_seals_share_no_flash_sector_with_anything(board: str) -> None:
    volume = layout.volume(drive_files(), board)
    geometry = Geometry.of(len(volume))
    ranges = []
    for path, first, stride, size in (
        *((file, 0, slots.SIZE, slots.SIZE) for _, _, file in slots.SLOTS),
        *((path, storage.START, storage.STRIDE, storage.SIZE) for path in storage.FILES),
        (slots.SEALS, 0, slots.STRIDE, 2 * slots.STRIDE),
    ):
        start = geometry.offset(fat_reader.first_cluster(volume, path))
        used = slots.SIZE if size == slots.SIZE else slots.PAGE
        ranges += [(start + at, start + at + used) for at in range(first, size, stride)]
    sectors = [set(range(start // SECTOR, -(-end // SECTOR))) for start, end in ranges]
    assert sum(map(len, sectors)) == len(set().union(*sectors))
    others = fat.build(dict.fromkeys(("boot.py", "zz.py"), b"x"), len(volume))
    assert min(min(each) for each in sectors) * SECTOR >= Geometry.of(len(others)).data * 512
    for path in layout.on_a_key(drive_files()):
        if path not in storage.FILES and not path.startswith("lib/"):
            cluster = fat_reader.first_cluster(volume, path)
            assert not cluster or geometry.offset(cluster) // SECTOR not in set().union(*sectors), path


@pytest.mark.parametrize("board", BOARDS)
def test_an_updates_content_is_what_the_image_holds(board: str) -> None:
    volume = layout.volume(drive_files(), board)
    start = Geometry.of(len(volume)).offset(fat_reader.first_cluster(volume, slots.SLOTS[0][2]))
    content = layout.slot_content(drive_files(), board, "a")
    assert volume[start : start + len(content)] == content
    assert fat_reader.first_cluster(volume, "lib") == fat_reader.first_cluster(volume, slots.SLOTS[0][2])


def test_with_keep_vault_the_accounts_stay_and_all_else_is_new() -> None:
    board = "raspberry_pi_pico"
    start, end = layout.vault_range(board)
    before = b"\x5a" * (2 * MB)

    flash = written(image.build(FULL, drive_files(), board, keep_vault=True), before)

    assert flash[start:end] == before[start:end]
    assert flash[NVM_START:DRIVE_START] == before[NVM_START:DRIVE_START]
    whole = written(image.build(FULL, drive_files(), board), before)
    assert flash[:start] + flash[end:] == whole[:start] + whole[end:]


def test_a_board_whose_power_fails_meanwhile_waits_for_the_file_again() -> None:
    """The boot ROM starts nothing while the first page of flash is not whole."""
    made = image.build(FULL, drive_files(), "raspberry_pi_pico")
    old = b"\x77" * (2 * MB)
    flash = FlashCells(bytearray(old))
    total = len(made) // uf2.BLOCK
    firsts = set()
    for done in write(made, flash):
        if done < total:
            firsts.add(bytes(flash.cells[:256]))
    assert firsts == {bytes([ERASED]) * 256}
    assert flash.cells[:256] == FULL[:256]
    assert [flash.operations[0].kind, flash.operations[0].address] == ["erase", 0]
    assert (flash.operations[-1].kind, flash.operations[-1].address) == ("program", 0)


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.integers(0, 15), st.binary(min_size=1, max_size=3000), min_size=1))
def test_what_is_encoded_is_what_the_boot_rom_and_our_reader_write(pieces: dict[int, bytes]) -> None:
    content = {number * SECTOR: piece.ljust(SECTOR, b"\xff") for number, piece in pieces.items()}
    encoded = uf2.encode(content)
    expected = bytearray(b"\xff" * (16 * SECTOR))
    for start, piece in content.items():
        expected[start : start + SECTOR] = piece
    assert uf2.flash_content(encoded, 16 * SECTOR) == expected
    assert written(encoded, b"\x00" * (16 * SECTOR)) == bytes(
        expected[at] if at // SECTOR * SECTOR in content else 0 for at in range(16 * SECTOR)
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not a UF2", "is not a UF2 image"),
        (interpreter()[:-512], "is not a UF2 image"),
        (interpreter(board="some_other_board"), "some_other_board"),
        (interpreter(board="adafruit_kb2040"), "adafruit_kb2040, not for raspberry_pi_pico"),
        (interpreter(version="10.0.3"), "CircuitPython 10.0.3"),
        (image.build(bytes(uf2.flash_content(interpreter(), 3 * SECTOR)), {}, BOARD), "more than"),
    ],
)
def test_what_no_key_can_be_made_of(content: bytes, words: str, tmp_path: Path, says: Says) -> None:
    given_file, output = tmp_path / "given.uf2", tmp_path / "made.uf2"
    given_file.write_bytes(content)

    arguments = ["--board", BOARD, "--circuitpython", str(given_file), "-o", str(output)]
    assert words in says(["image", *arguments], 1)
    assert not output.exists()


def test_the_command_writes_the_file_and_says_what_to_do(
    tmp_path: Path, given_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "made.uf2"

    assert run(["image", "--circuitpython", str(given_file), "-o", str(output)]) == 0

    shown = capsys.readouterr()
    assert shown.out == f"{output}\n"
    assert "RPI-RP2" in shown.err
    content = uf2.flash_content(interpreter(), 16 * MB)[: 3 * SECTOR]
    sealed = sealing.seal(bytes(content))
    assert sealed != content
    assert output.read_bytes() == image.build(sealed, drive_files(), "raspberry_pi_pico")


@pytest.mark.chip
def test_a_blank_chip_takes_the_file_in_its_boot_loader_and_boots_to_setup(image_file: Path) -> None:
    """By the real boot ROM, over USB mass storage: what a person does who drags the file onto RPI-RP2."""
    key = ChipKey(image_file, None)
    key.flash = b"\xff" * len(key.flash)
    plug_in_blank(key)
    MassStorage(key).write(image_file.read_bytes())
    assert key.run_until(lambda: key.usb.enumeration is None, 3)
    desk = Desk(key)

    desk.settle()

    assert sorted(desk.classes()) == sorted([CDC, CDC_DATA, HID])
    with desk.client() as client:
        assert client.hello().state == "blank"
        assert (client.firmware().slot, client.firmware().kept, client.health().intact) == ("a", True, True)
    # The image knows no chip's id, which is in boot_out.txt: so this is written once, and nothing later.
    assert key.usb.enumeration is not None
    assert f"UID:{key.usb.enumeration.serial_number}".encode() in key.drive["boot_out.txt"]
    desk.provision(AMAZON)
    desk.replug()
    assert key.flash_use.erases == 0
    desk.expect_code(AMAZON)


@pytest.mark.chip
def test_the_boot_rom_does_what_our_model_of_it_does_and_waits_after_a_cut(image: Path) -> None:
    noise = random.Random(7)
    content = {
        0: noise.randbytes(2 * SECTOR),
        DRIVE_START: noise.randbytes(3 * SECTOR),
        0x180000: FULL[:SECTOR],
    }
    encoded = uf2.encode(content)
    key = ChipKey(image, None)
    key.flash = before = b"\xff" * 256 + noise.randbytes(2 * MB - 256)
    plug_in_blank(key)
    key.cut_power_at(PowerCut(60, Moment.DURING, Torn.RANDOM))
    with pytest.raises(OSError, match=r"timed out|No such device"):
        MassStorage(key).write(encoded)
    assert key.flash[:256] == before[:256]

    plug_in_blank(key)
    MassStorage(key).write(encoded)
    key.run(0.1)

    assert key.flash == written(encoded, before)


@pytest.mark.chip
def test_an_image_for_one_chip_leaves_circuitpython_nothing_to_write(
    official_image: Path, tmp_path: Path
) -> None:
    made = tmp_path / "totpkey.uf2"
    given_file = ["--circuitpython", str(official_image), "--for-key", DEFAULT_ID.hex()]
    assert run(["image", *given_file, "-o", str(made)]) == 0
    key = ChipKey(made, None)
    key.plug()
    assert key.run_until(lambda: key.usb.enumeration is not None)
    key.run(0.5)
    assert key.flash_operations == []


def test_a_key_whose_drive_was_lost_gets_it_back_and_its_accounts(tmp_path: Path) -> None:
    """A cut in the one write that CircuitPython makes itself, which then formats without a word."""
    desk = Desk(installed())
    desk.provision(AMAZON)
    desk.key.unplug()
    desk.key.flash = desk.key.flash[:DRIVE_START] + b"\xff" * SECTOR + desk.key.flash[DRIVE_START + SECTOR :]
    desk.key.plug()
    desk.key.run(5)
    assert b"Hello World" in desk.key.drive["code.py"]
    desk.key.unplug()

    made = image.build(FULL, drive_files(), desk.key.board, keep_vault=True)
    desk.key.flash = written(made, desk.key.flash)
    desk.plug_in()

    assert desk.classes() == [HID]
    desk.expect_code(AMAZON)
    desk.key.unplug()
