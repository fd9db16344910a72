"""`totpkey doctor` on boards that show a drive: not a key yet, half of one, or one in safe mode."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.install.boards import BOOT_OUT, circuitpython, in_a_mount, installed, loader
from totpkey.cli.root import run
from totpkey.doctor.case import BAD, ODD
from totpkey_volume import fat_reader
from totpkey_volume.circuitpython import DRIVE_START

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
        (row["grade"], row["detail"], row["remedy"]) for row in rows if row["name"] == "board's drive"
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
    assert "totpkey install --keep-vault" in remedy
    assert "not those of a key that was made by copying" in remedy


@pytest.mark.parametrize(
    ("boot_out", "grade", "words", "way_out"),
    [
        (BOOT_OUT, ODD, "raspberry_pi_pico with CircuitPython 10.1.3, and no key", "BOOT button"),
        (BOOT_OUT.replace("10.1.3", "9.2.1"), BAD, NEEDED, "BOOT button"),
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
    assert (grade, "totpkey install --copy --keep-vault" in remedy) == (BAD, True)
    assert "1 of a key's" in told
    assert "lib/totpkey_firmware/otp.mpy among them" in told

    library.write_bytes(content[:-1] + b"\x00")
    assert look(copied)[0] == BAD
    (copied / "boot.py").unlink()
    assert "2 of a key's" in look(copied)[1]
    (copied / "vault" / "pages.bin").write_bytes(b"cut")
    assert "3 of a key's" in look(copied)[1]


def test_the_remedy_for_missing_files_of_a_copied_key_keeps_its_accounts(copied: Path, look: Look) -> None:
    vault = copied / "vault" / "pages.bin"
    with_accounts = b"TPK3" + vault.read_bytes()[4:]
    vault.write_bytes(with_accounts)
    (copied / "start.mpy").unlink()
    remedy = look(copied)[2]
    arguments = remedy.partition("`totpkey ")[2].partition("`")[0].split()
    assert run([*arguments, "--to", str(copied), "--yes"]) == 0
    assert "all files of a key" in look(copied)[1]
    assert vault.read_bytes() == with_accounts


@pytest.mark.parametrize("broken", ["does not start", "old CircuitPython", "no program left"])
def test_whoever_is_sent_to_an_erasing_install_is_told_of_the_accounts(
    broken: str, copied: Path, look: Look
) -> None:
    if broken == "old CircuitPython":
        (copied / "boot_out.txt").write_text(BOOT_OUT.replace("10.1.3", "10.0.3"), newline="")
    elif broken == "no program left":
        for path in copied.iterdir():
            if path.name not in ("vault", "boot_out.txt"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    remedy = look(copied)[2]
    assert "erases its accounts, --keep-vault or not, and without a backup they are lost" in remedy
    assert ("onto RPI-RP2" in remedy) == (broken == "old CircuitPython")


def test_a_full_drive(mountable: Path, copied: Path) -> None:
    fill = f"cp -a '{copied}/.' '{mountable}' && head -c 9m /dev/zero > '{mountable}/mine' 2>&-"
    done = in_a_mount(mountable, "size=2048k", f"{{ {fill}; true; }}", "--port /nonexistent doctor --json")
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
    grade, _, remedy = look(folder)
    assert (grade, "`totpkey install --keep-vault`: its accounts stay" in remedy) == (BAD, True)
    (folder / "boot_out.txt").write_text(BOOT_OUT.replace("10.1.3", "10.0.3"), newline="")
    grade, _, remedy = look(folder)
    assert (grade, "`totpkey install --keep-vault`: its accounts stay" in remedy) == (BAD, True)
