"""Finding boards' drives among everything that is mounted, on three systems."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.install.boot_rom import INFO
from tests.install.drives import BOOT_OUT, circuitpython, loader
from totpkey.install import places
from totpkey.install.places import BOOT_LOADER, CIRCUITPYTHON


def test_what_a_drive_says_of_its_board(tmp_path: Path) -> None:
    first, second = loader(tmp_path / "RPI-RP2"), circuitpython(tmp_path / "CIRCUITPY")
    (tmp_path / "USB stick").mkdir()

    found = places.find([*sorted(tmp_path.iterdir()), first])

    assert [(place.path, place.kind) for place in found] == [(second, CIRCUITPYTHON), (first, BOOT_LOADER)]
    assert (found[0].board, found[0].uid, found[0].version) == (
        "raspberry_pi_pico",
        "E6614103E7174C2F",
        (10, 1, 3),
    )
    assert found[0].is_fit


def test_other_chips_and_other_boot_loaders_are_left_alone(tmp_path: Path) -> None:
    assert places.at(loader(tmp_path / "a", INFO.replace("RPI-RP2", "RP2350"))) is None
    assert places.at(loader(tmp_path / "b", "UF2 Bootloader\r\nBoard-ID: SAMD51G19A-Feather-v0\r\n")) is None
    assert places.at(circuitpython(tmp_path / "c", "something else")) is None
    assert places.at(tmp_path / "nothing") is None


@pytest.mark.parametrize("version", ["10.0.3", "9.2.1", "11.0.0"])
def test_a_circuitpython_that_does_not_fit_is_told(tmp_path: Path, version: str) -> None:
    place = places.at(circuitpython(tmp_path / "other", BOOT_OUT.replace("10.1.3", version)))
    assert place is not None
    assert not place.is_fit


@pytest.mark.parametrize("drive", ["media/jo/RPI-RP2", "run/media/jo/RPI-RP2 1", "mnt/a drive/with\\ spaces"])
def test_linux_shows_drives_in_its_table_of_mounts(tmp_path: Path, drive: str) -> None:
    folder = loader(tmp_path / drive)
    (tmp_path / "proc").mkdir()
    escaped = drive.replace("\\", "\\134").replace(" ", "\\040")
    table = f"proc /proc proc rw 0 0\n/dev/sda1 /{escaped} vfat rw,nosuid 0 0\n"
    (tmp_path / "proc" / "mounts").write_text(table)

    assert [place.path for place in places.find(places.mounted(tmp_path, "linux"))] == [folder]


def test_linux_without_its_table(tmp_path: Path) -> None:
    folder = loader(tmp_path / "run/media/jo/RPI-RP2")
    assert [place.path for place in places.find(places.mounted(tmp_path, "linux"))] == [folder]


def test_macos_shows_drives_under_volumes(tmp_path: Path) -> None:
    folder = circuitpython(tmp_path / "Volumes" / "CIRCUITPY 1")
    assert [place.path for place in places.find(places.mounted(tmp_path, "darwin"))] == [folder]


def test_windows_shows_drives_under_letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here such a path is a folder of that name."""
    monkeypatch.chdir(tmp_path)
    folder = loader(Path("E:\\"))
    (tmp_path / "C:\\").mkdir()
    assert [place.path for place in places.find(places.mounted(system="win32"))] == [folder]
