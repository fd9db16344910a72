"""Boards on Windows: a drive becomes a key, a key gets new firmware, and both are compared with a release."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.install.boards import BOARD, Board, at_desk, installed, written
from tests.install.conftest import MakeFirmware
from tests.install.releases import INTERPRETER, RELEASE
from tests.windows import wine
from tests.windows.conftest import WindowsWorld
from totpkey.install import image, manifest
from totpkey.install.drive import drive_files
from totpkey_protocol.version import __version__
from totpkey_volume import fat_reader, layout
from totpkey_volume.circuitpython import DRIVE_START, MB

pytestmark = pytest.mark.needs("windows")


def test_a_board_in_its_boot_loader_is_found_and_becomes_a_key(
    system: wine.Windows, world: WindowsWorld, given_file: Path
) -> None:
    before = b"\x13" * (2 * MB)
    board = Board(installed(), world, before)
    world.connect(board)
    letter = system.connect(board.drive.folder, "E:")
    done = board.run("install", "--yes", "--circuitpython", wine.path_of(given_file))
    assert done.code == 0, done.err
    assert f"Found {letter}\\: a board in its boot loader" in done.err
    assert "Raspberry Pi Pico is key" in done.err
    expected = written(image.build(INTERPRETER, drive_files(), BOARD), before)
    held = {path: file for path, file in _drive(board.key.flash).items() if path != "boot_out.txt"}
    assert held == _drive(expected)


def _drive(flash: bytes) -> dict[str, bytes]:
    return fat_reader.read(flash[DRIVE_START:])


def test_a_key_s_firmware_is_brought_to_the_command_s(
    world: WindowsWorld, make_firmware: MakeFirmware
) -> None:
    older = make_firmware({"totpkey_protocol/version.py": ('__version__ = "', '__version__ = "0.0.')})
    # Its light has colours, by which a person knows what is asked for.
    key = installed("adafruit_qt2040_trinkey")
    key.flash = b"\xff" * DRIVE_START + layout.volume(older, key.board)
    desk = world.connect(at_desk(key, world))
    done = desk.run("update", when_asked=desk.agree)
    assert done.code == 0, done.err
    assert f"The key has firmware 0.0.{__version__}; it will be updated to {__version__}." in done.err
    assert f"Done: the key runs firmware {__version__}" in done.err
    assert "which this command brings" in desk.run("update").err


@pytest.mark.parametrize("changed", [False, True], ids=["a release's", "another"])
def test_an_image_is_compared_with_a_release(windows: None, tmp_path: Path, changed: bool) -> None:
    files = drive_files() | ({"boot.py": b"import evil"} if changed else {})
    made, release = tmp_path / "made.uf2", tmp_path / "release.json"
    made.write_bytes(image.build(INTERPRETER, files, BOARD))
    release.write_bytes(manifest.encode(RELEASE))
    given = ("--image", wine.path_of(made), "--manifest", wine.path_of(release), "--unsigned")
    ended = wine.run(*wine.COMMAND, "verify", *given)
    told = (ended.out + ended.err).decode()
    assert ended.code == (1 if changed else 0), told
    assert ("boot.py" if changed else "everything that runs on it matches") in told


def test_libusb_looks_for_a_board_and_finds_none(windows: None) -> None:
    """Its own library for Windows is loaded; under Wine there is no USB."""
    ended = wine.run(*wine.COMMAND, "verify")
    assert ended.code == 3
    assert b"No board in its boot loader was found." in ended.err
