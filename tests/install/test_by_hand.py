"""What a person copies by hand fits the smallest drive, as mtools shows on a volume of that size."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

import build_drive
import release
from totpkey.install.drive import drive_folder

#: The drive of a board with 2 MB of flash, as `storage.erase_filesystem` makes it: sectors of 512 bytes, one
#: to a cluster, one FAT of 12 bits, 512 entries in the root.
SECTORS = 2048
FORMAT = ("-T", str(SECTORS), "-h", "1", "-s", "1", "-c", "1", "-d", "1", "-r", "32", "-L", "6")

pytestmark = pytest.mark.skipif(not shutil.which("mcopy"), reason="mtools is not installed")


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    path = tmp_path / "volume.img"
    path.write_bytes(bytes(SECTORS * 512))
    run(path, "mformat", *FORMAT, "::")
    return path


def run(volume: Path, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
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
    return run(volume, "mcopy", "-s", "-Q", *map(str, sorted(folder.iterdir())), "::")


def test_what_is_copied_by_hand_fits_and_arrives(volume: Path, tmp_path: Path) -> None:
    folder = build_drive.build_copy(tmp_path / "circuitpy")
    done = copied(volume, folder)
    assert done.returncode == 0, done.stderr
    (back := tmp_path / "back").mkdir()
    assert run(volume, "mcopy", "-s", "-n", "::*", str(back)).returncode == 0
    assert build_drive._contents(back) == build_drive._contents(folder)
    assert {"boot.py", "code.py", "lib", "vault"} <= {path.name for path in folder.iterdir()}


def test_the_archive_of_a_release_fits_too(volume: Path, tmp_path: Path) -> None:
    release._archive(tmp_path / "drive.zip", release._drive())
    zipfile.ZipFile(tmp_path / "drive.zip").extractall(tmp_path / "unpacked")
    done = copied(volume, tmp_path / "unpacked")
    assert done.returncode == 0, done.stderr


def test_the_judge_says_what_does_not_fit(volume: Path) -> None:
    """The folder with the sources, of which people were told that it is a drive's content."""
    assert "Disk full" in copied(volume, drive_folder()).stderr
