"""A key's drive behaves as its sources say, and what is copied by hand fits the smallest one (mtools)."""

from __future__ import annotations

import base64
import csv
import hashlib
import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from adafruit_hid.keycode import Keycode

import build_drive
import release
from fetch_libraries import fetch_libraries
from totpkey.install.drive import drive_folder
from totpkey_protocol import slots, storage
from totpkey_volume.circuitpython import SECTOR


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "boot_out.txt"
    }


@pytest.mark.slow
def test_building_it_again_gives_the_same_bytes(tmp_path: Path) -> None:
    assert contents(build_drive.build(tmp_path / "drive")) == contents(drive_folder())


@pytest.mark.slow
def test_building_what_is_there_already_touches_nothing(tmp_path: Path) -> None:
    """Another process may read the drive at that moment."""
    drive = build_drive.build(tmp_path / "drive")
    before = {path: path.stat().st_ino for path in drive.rglob("*")}
    build_drive.build(drive)
    assert {path: path.stat().st_ino for path in drive.rglob("*")} == before
    (drive / "boot.py").write_text("another", encoding="utf-8")
    assert contents(build_drive.build(drive)) == contents(drive_folder())
    assert list(tmp_path.iterdir()) == [drive]


def test_each_compiled_module_has_its_source_beside_it_and_the_other_way_round() -> None:
    drive = drive_folder()
    compiled = {path.relative_to(drive / "lib").with_suffix("") for path in (drive / "lib").rglob("*.*")}
    sources = {path.relative_to(drive / "source").with_suffix("") for path in (drive / "source").rglob("*.*")}
    # Of packages and constants, which are inlined, nothing is left: a file of them would take a cluster.
    assert compiled | {Path("start")} < sources
    names = {"__init__", "journal", "lending", "limits", "storage", "words"}
    assert {path.name for path in sources - compiled} == names | {"start"}
    assert len(compiled) > 40
    for path in drive.rglob("*.mpy"):
        assert path.read_bytes().startswith(b"C\x06")


def test_the_library_on_the_key_is_as_it_was_published_and_has_its_licence() -> None:
    """Judged by the checksums that its wheel records."""
    drive, (record,) = drive_folder(), fetch_libraries().glob("adafruit_circuitpython_hid-*/RECORD")
    rows = csv.reader(record.read_text(encoding="utf-8").splitlines())
    recorded = {Path(name): digest for name, digest, _ in rows}
    files = {path.relative_to(drive / "source"): path for path in drive.glob("source/adafruit_hid/*")}
    assert set(map(str, files)) >= {"adafruit_hid/__init__.py", "adafruit_hid/keyboard.py"}
    (licence,) = (name for name in recorded if name.name == "LICENSE")
    for name, path in (files | {licence: drive / "lib" / "adafruit_hid" / "LICENSE"}).items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest())
        assert recorded[name] == "sha256=" + digest.decode().rstrip("=")


def test_fewer_keycodes_are_the_same_ones() -> None:
    source = (drive_folder() / "source" / "adafruit_hid" / "keycode.py").read_text(encoding="utf-8")
    fewer: dict[str, Any] = {}
    exec(build_drive.with_names(source, {"SPACE", "KEYPAD_NUMLOCK"}), fewer)  # noqa: S102
    names = {name for name in vars(fewer["Keycode"]) if name.isupper()}
    assert names == {"SPACE", "SPACEBAR", "KEYPAD_NUMLOCK", "LEFT_CONTROL", "RIGHT_GUI"}
    assert all(getattr(fewer["Keycode"], name) == getattr(Keycode, name) for name in names)
    assert fewer["Keycode"].modifier_bit(Keycode.LEFT_SHIFT) == 2
    with pytest.raises(ValueError, match="NO_SUCH_KEY"):
        build_drive.with_names(source, {"NO_SUCH_KEY"})


def test_it_fits_on_the_smallest_board_beside_room_to_update() -> None:
    """What an update has to replace fits a slot, of which a drive of 1 MB holds two beside the vault."""
    modules = [content for name, content in contents(drive_folder()).items() if name.startswith("lib/")]
    # Each file fills whole clusters of 512 bytes.
    assert sum(-(-len(content) // 512) * 512 for content in modules) < slots.SIZE - 16_384
    assert 2 * slots.SIZE + storage.SIZE < 1 << 20


@pytest.mark.parametrize("behind", range(0, SECTOR, 512))
def test_no_place_of_the_vault_shares_an_erase_sector_wherever_the_file_begins(behind: int) -> None:
    """Neither with another place nor with what lies before or behind the file."""
    places = [behind + at for at in range(storage.START, storage.SIZE, storage.STRIDE)]
    assert len(places) == storage.PAGES
    ends = [place + storage.PAGE - 1 for place in places]
    sectors = [range(first // SECTOR, last // SECTOR + 1) for first, last in zip(places, ends, strict=True)]
    assert len(set().union(*sectors)) == sum(map(len, sectors))
    assert sectors[0].start * SECTOR >= behind
    assert sectors[-1].stop * SECTOR <= behind + storage.SIZE


def test_a_module_that_does_not_compile_stops_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "lib"
    library.mkdir()
    (library / "wrong.py").write_text("def (:\n", encoding="utf-8")
    monkeypatch.setattr(build_drive, "FIRMWARE", tmp_path)
    with pytest.raises(subprocess.CalledProcessError):
        build_drive.compile_module(library / "wrong.py", tmp_path / "wrong.mpy")


#: The drive of a board with 2 MB of flash, as `storage.erase_filesystem` makes it: sectors of 512 bytes, one
#: to a cluster, one FAT of 12 bits, 512 entries in the root.
SECTORS = 2048
FORMAT = ("-T", str(SECTORS), "-h", "1", "-s", "1", "-c", "1", "-d", "1", "-r", "32", "-L", "6")

needs_mtools = pytest.mark.skipif(not shutil.which("mcopy"), reason="mtools is not installed")


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    path = tmp_path / "volume.img"
    path.write_bytes(bytes(SECTORS * 512))
    mtools(path, "mformat", *FORMAT, "::")
    return path


def mtools(volume: Path, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One of mtools' commands on the volume."""
    return subprocess.run(
        [command, "-i", str(volume), *arguments],
        env={**os.environ, "MTOOLS_SKIP_CHECK": "1"},
        capture_output=True,
        text=True,
        check=command != "mcopy",
    )


def copied(volume: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Copy all that is in a folder, as a person does who selects it all."""
    return mtools(volume, "mcopy", "-s", "-Q", *map(str, sorted(folder.iterdir())), "::")


@needs_mtools
def test_what_is_copied_by_hand_fits_and_arrives(volume: Path, tmp_path: Path) -> None:
    folder = build_drive.build_copy(tmp_path / "circuitpy")
    done = copied(volume, folder)
    assert done.returncode == 0, done.stderr
    (back := tmp_path / "back").mkdir()
    assert mtools(volume, "mcopy", "-s", "-n", "::*", str(back)).returncode == 0
    assert build_drive._contents(back) == build_drive._contents(folder)
    assert {"boot.py", "code.py", "lib", "vault"} <= {path.name for path in folder.iterdir()}


@needs_mtools
def test_the_archive_of_a_release_fits_too(volume: Path, tmp_path: Path) -> None:
    release._archive(tmp_path / "drive.zip", release._drive())
    zipfile.ZipFile(tmp_path / "drive.zip").extractall(tmp_path / "unpacked")
    done = copied(volume, tmp_path / "unpacked")
    assert done.returncode == 0, done.stderr


@needs_mtools
def test_the_judge_says_what_does_not_fit(volume: Path) -> None:
    """The folder with the sources, of which people were told that it is a drive's content."""
    assert "Disk full" in copied(volume, drive_folder()).stderr
