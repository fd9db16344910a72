"""`totpkey doctor` on boards that show a drive: not yet a key, half of one, or one in safe mode."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.install.keys import installed
from tests.install.mounts import in_a_mount
from tests.install.test_places import BOOT_OUT, circuitpython, loader
from totpkey.cli.root import run
from totpkey.doctor import BAD, ODD
from totpkey.volume import fat_reader
from totpkey.volume.flash_map import DRIVE_START

NEEDED = "needs CircuitPython 10.1 or a later 10.x"
Look = Callable[[Path], tuple[str, str, str]]


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Look:
    """Runs the real command where a board's drive is all that is plugged in: grade, words and remedy."""

    def examine(folder: Path) -> tuple[str, str, str]:
        monkeypatch.setattr("totpkey.install.places.mounted", lambda: [folder.parent, folder])
        capsys.readouterr()
        assert run(["--port", "/nonexistent", "doctor", "--json"]) == 1
        return of_drive(json.loads(capsys.readouterr().out))

    return examine


def of_drive(rows: list[dict[str, str]]) -> tuple[str, str, str]:
    ((grade, told, remedy),) = [
        (row["grade"], row["told"], row["remedy"]) for row in rows if row["name"] == "board's drive"
    ]
    return grade, told, remedy


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The drive of a key that was made by copying, before it is started."""
    folder = circuitpython(tmp_path / "CIRCUITPY")
    assert run(["install", "--to", str(folder), "--copy", "--yes"]) == 0
    return folder


def test_a_board_in_its_boot_loader(tmp_path: Path, look: Look) -> None:
    grade, told, remedy = look(loader(tmp_path / "RPI RP2"))
    assert (grade, told) == (ODD, f"{tmp_path / 'RPI RP2'}: a board in its boot loader")
    assert "totpkey install" in remedy


@pytest.mark.parametrize(
    ("boot_out", "grade", "words", "way_out"),
    [
        (BOOT_OUT, ODD, "raspberry_pi_pico with CircuitPython 10.1.3, and no key", "BOOT button"),
        (BOOT_OUT.replace("10.1.3", "9.2.1"), BAD, NEEDED, "BOOT button"),
        (
            BOOT_OUT.replace("10.1.3", "11.0.0"),
            BAD,
            "needs CircuitPython 10.1 or a later 10.x",
            "BOOT button",
        ),
        (BOOT_OUT.replace("raspberry_pi_pico", "any"), BAD, "does not know", "hardware/README.md"),
    ],
)
def test_a_board_that_is_no_key(
    boot_out: str, grade: str, words: str, way_out: str, tmp_path: Path, look: Look
) -> None:
    found, told, remedy = look(circuitpython(tmp_path / "CIRCUITPY", boot_out))
    assert (found, words in told, way_out in remedy) == (grade, True, True), (told, remedy)


def test_a_missing_library_and_a_damaged_file(copied: Path, look: Look) -> None:
    grade, told, _ = look(copied)
    assert (grade, "all files of a key" in told) == (ODD, True)

    library = copied / "lib" / "totpkey_firmware" / "otp.mpy"
    content = library.read_bytes()
    library.unlink()
    grade, told, remedy = look(copied)
    assert (grade, "BOOT button" in remedy) == (BAD, True)
    assert "1 of a key's" in told
    assert "lib/totpkey_firmware/otp.mpy among them" in told

    library.write_bytes(content[:-1] + b"\x00")
    assert look(copied)[0] == BAD
    (copied / "boot.py").unlink()
    assert "2 of a key's" in look(copied)[1]


def test_a_full_drive(mountable: Path, copied: Path) -> None:
    fill = f"cp -a '{copied}/.' '{mountable}' && head -c 9m /dev/zero > '{mountable}/mine' 2>&-"
    done = in_a_mount(mountable, "size=1m", f"{{ {fill}; true; }}", "--port /nonexistent doctor --json")
    grade, told, remedy = of_drive(json.loads(done.stdout))
    assert (grade, "but it is full; 0 KB are free" in told) == (BAD, True), told
    assert "Delete" in remedy


def test_a_key_in_safe_mode(tmp_path: Path, look: Look) -> None:
    """It shows all of its drive, as it was made by an image."""
    key = installed()
    folder = circuitpython(tmp_path / "CIRCUITPY")
    for path, content in fat_reader.read(key.flash[DRIVE_START:]).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    grade, told, remedy = look(folder)
    assert (grade, "has not started as one" in told, "--keep-vault" in remedy) == (ODD, True, True), told
    (folder / "lib" / "totpkey_firmware" / "otp.mpy").unlink()
    assert look(folder)[0] == BAD
