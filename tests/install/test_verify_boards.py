"""`totpkey verify` on boards in their boot loader, with the real boot ROM on the emulated chip."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from tests.install.boards import Board, installed
from tests.install.releases import changed, places
from tests.sealing import admit
from tests.support.desk import AMAZON, HID, Desk
from tests.support.terminal import World
from totpkey import picoboot
from totpkey.cli.root import run
from totpkey.install import download
from totpkey.install import image as images_module
from totpkey.install.drive import drive_files
from totpkey.install.verifying import CIRCUITPYTHON
from totpkey_virtual.chip.key import ChipKey
from totpkey_virtual.chip.usb_controller import Handshake
from totpkey_volume import layout
from totpkey_volume.circuitpython import MB
from virtual.tests.chip.boot_loader import MassStorage, plug_in_boot_loader
from virtual.tests.chip.usb_backend import ChipBackend

#: The end point by which the boot ROM answers (RP2040 datasheet section 2.8.5).
PICOBOOT_IN = 4


@pytest.mark.chip
def test_a_key_in_its_boot_loader(
    official_image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command, pyusb and the real boot ROM: a used key verifies, and each change is named by file."""
    made_file = tmp_path / "made.uf2"
    assert run(["image", "--circuitpython", str(official_image), "-o", str(made_file)]) == 0
    desk = Desk(key := ChipKey(made_file, None))
    desk.provision(AMAZON)
    key.unplug()
    before = key.flash
    plug_in_boot_loader(key)
    backend = ChipBackend(key)
    monkeypatch.setattr("totpkey.picoboot._backend", lambda: backend)
    monkeypatch.setattr(download, "KNOWN", {key.board: admit.row(official_image)[1]})
    capsys.readouterr()

    assert run(["verify", "--json"]) == 0, capsys.readouterr().err
    assert json.loads(capsys.readouterr().out)["verified"] is True

    start, end = layout.vault_range(key.board)
    asked = [each for each in map(read_command, backend.asked) if each]
    assert sum(size for _, size in asked) > MB
    assert not [at for at, size in asked if at < end and start < at + size]
    key.unplug()
    assert key.flash == before
    for name in (CIRCUITPYTHON, "boot.py", "lib/totpkey_firmware/loop.mpy"):
        key.flash = changed(key.flash, places()[name][1])
    plug_in_boot_loader(key)
    assert run(["verify"]) == 1
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [
        f"{name} differs" for name in (CIRCUITPYTHON, "boot.py", "lib/totpkey_firmware/loop.mpy")
    ]


def read_command(packet: bytes) -> tuple[int, int] | None:
    """From where in flash, and how much, a PICOBOOT command reads (RP2040 datasheet 2.8.5.4)."""
    if len(packet) != 32 or packet[8] != 0x84:
        return None
    at, size = struct.unpack_from("<II", packet, 16)
    return at - 0x10000000, size


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "libusb_package", None)
    assert run(["verify"]) == 1
    assert "totpkey[verify]" in capsys.readouterr().err


@pytest.mark.chip
@pytest.mark.parametrize("changed_file", ["", "boot.py"])
def test_a_board_is_verified_after_it_was_installed(
    changed_file: str,
    official_image: Path,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once it has said hello, a person plugs it in with BOOT held; its flash is what the drive got."""
    board, chip = Board(installed(), world), ChipKey(official_image, None)
    backend, flashes = ChipBackend(chip), []
    becomes_a_key = board.drive.restart

    def restart(flash: bytes) -> None:
        flashes.append(changed(flash, places()[changed_file][0]) if changed_file else flash)
        becomes_a_key(flash)

    def found() -> ChipBackend:
        if flashes and not chip.plugged:
            chip.flash = flashes[0]
            plug_in_boot_loader(chip)
        return backend

    board.drive.restart = restart
    monkeypatch.setattr("totpkey.picoboot._backend", found)
    done = board.install("--circuitpython", str(official_image), "--verify")
    assert "hold its BOOT button, plug it in" in done.err
    if changed_file:
        assert (done.code, done.out) == (1, "boot.py differs\n")
    else:
        assert done.code == 0, done.err
        assert "everything that runs on it matches firmware" in done.err


@pytest.mark.chip
@pytest.mark.parametrize("why", ["EACCES", "no driver"])
def test_a_board_that_this_computer_lets_nobody_at(
    why: str, image: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As libusb tells it on Linux without a rule, and on Windows without a driver."""
    import errno

    from usb.core import USBError

    class Forbidding(ChipBackend):
        def open_device(self, device: object) -> object:
            if why == "no driver":
                raise NotImplementedError
            raise USBError("Access denied (insufficient permissions)", -3, errno.EACCES)

    plug_in_boot_loader(chip := ChipKey(image, None))
    monkeypatch.setattr("totpkey.picoboot._backend", lambda: Forbidding(chip))
    assert run(["verify"]) == 1
    assert "does not allow the command to use the board" in capsys.readouterr().err


@pytest.mark.chip
@pytest.mark.slow
def test_a_program_replaces_the_firmware_without_a_touch_and_verify_names_what_it_changed(
    official_image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a key that is not sealed, which comes back the same, with its accounts: the open door in setup."""
    board, content = images_module.read_circuitpython(official_image)
    made_file, files = tmp_path / "made.uf2", drive_files()
    made_file.write_bytes(images_module.build(content, files, board))
    desk = Desk(key := ChipKey(made_file, None))
    desk.provision(AMAZON)
    desk.hold_for_setup()

    assert admit.line_coding(desk)
    evil = files | {"boot.py": files["boot.py"].replace(b"Runs once", b"Was here.")}
    assert evil["boot.py"] != files["boot.py"]
    MassStorage(key).write(images_module.build(content, evil, board, keep_vault=True))
    assert key.run_until(lambda: key.usb.enumeration is None, 3)
    desk.settle()
    assert desk.classes() == [HID]
    desk.expect_code(AMAZON)
    key.unplug()

    plug_in_boot_loader(key)
    monkeypatch.setattr("totpkey.picoboot._backend", lambda: ChipBackend(key))
    monkeypatch.setattr(download, "KNOWN", {key.board: admit.row(official_image)[1]})
    assert run(["verify"]) == 1
    assert capsys.readouterr().out == "boot.py differs\n"


@pytest.mark.chip
def test_the_boot_rom_gives_each_packet_once(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in_boot_loader(key := ChipKey(image, None))
    monkeypatch.setattr(picoboot, "_backend", lambda: ChipBackend(key))
    with picoboot.the_one() as board:
        for length in (4, 64, 100, 256):
            assert len(board.read(0, length)) == length
            assert key._running().usb.take(PICOBOOT_IN) is Handshake.NAK
