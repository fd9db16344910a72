"""What `totpkey install` copies onto drives, also if a drive is full, not writable, or disappears."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.install.boards import BOARD, BOOT_OUT, circuitpython, in_a_mount, loader, written
from totpkey.cli.root import run
from totpkey.errors import CannotWrite
from totpkey.install import copying, image
from totpkey.install.drive import drive_files, drive_folder
from totpkey_volume import fat_reader, layout
from totpkey_volume.circuitpython import DRIVE_START, MB


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The drive of a board with CircuitPython."""
    return circuitpython(tmp_path / "CIRCUITPY")


def test_copying_onto_circuitpy_gives_the_files_of_the_image(folder: Path, given_file: Path) -> None:
    (folder / "lib").mkdir()
    (folder / "code.py").write_text("print('mine')")
    (folder / "code.txt").write_text("CircuitPython would run this first")
    (folder / "lib" / "totpkey_firmware").mkdir()
    (folder / "lib" / "totpkey_firmware" / "loop.py").write_text("an older one, found first")

    assert run(["install", "--to", str(folder), "--copy", "--yes"]) == 0

    made = image.build(image.read_circuitpython(given_file)[1], drive_files(), BOARD)
    drive = fat_reader.read(written(made, b"\xff" * (2 * MB))[DRIVE_START:])
    copied = content(folder)
    copied.pop("boot_out.txt")
    page = drive_folder().parent / "page" / "totpkey.html"
    assert copied.pop(page.name, None) == (page.read_bytes() if page.exists() else None)
    assert copied == {path: content for path, content in drive.items() if not path.startswith("slots/")}


@pytest.mark.parametrize(
    ("told", "code", "words"),
    [
        (BOOT_OUT.replace("10.1.3", "10.0.3"), 1, "needs CircuitPython 10.1"),
        (BOOT_OUT.replace("raspberry_pi_pico", "someone_elses"), 3, "someone_elses is not a board"),
    ],
)
def test_what_is_not_copied_onto(
    told: str, code: int, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = circuitpython(tmp_path / "CIRCUITPY", told)
    assert run(["install", "--to", str(folder), "--copy", "--yes"]) == code
    assert words in capsys.readouterr().err
    assert not (folder / "boot.py").exists()


def test_an_error_at_the_very_end_of_a_copy_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS, where the boot loader's drive is gone before the system has finished with it."""

    def gone(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", gone)
    copying.copy_image(b"x" * 200_000, loader(tmp_path / "RPI-RP2"), lambda *_: None)

    assert (tmp_path / "RPI-RP2" / "totpkey.uf2").read_bytes() == b"x" * 200_000
    with pytest.raises(CannotWrite, match="went away, or failed"):
        copying.copy_files({"a.txt": b"x"}, circuitpython(tmp_path / "CIRCUITPY"), lambda *_: None)


def test_a_full_drive(mountable: Path, given_file: Path) -> None:
    fill = f"printf '%s\\n' 'Board-ID: RPI-RP2' > '{mountable}/INFO_UF2.TXT'"
    arguments = f"install --to '{mountable}' --yes --circuitpython '{given_file}'"
    done = in_a_mount(mountable, "size=256k", fill, arguments)
    assert (done.returncode, "is full" in done.stderr) == (1, True), done.stderr

    fill = f"cp '{circuitpython(given_file.parent / 'source')}/boot_out.txt' '{mountable}'"
    done = in_a_mount(mountable, "size=256k", fill, f"install --to '{mountable}' --yes --copy")
    assert (done.returncode, "has room for" in done.stderr) == (1, True), done.stderr


def test_a_read_only_drive(mountable: Path, given_file: Path) -> None:
    source = circuitpython(given_file.parent / "source")
    fill = f"cp '{source}/boot_out.txt' '{mountable}' && mount -o remount,ro '{mountable}'"
    done = in_a_mount(mountable, "size=4m", fill, f"install --to '{mountable}' --yes --copy")
    assert done.returncode == 1
    assert "cannot be written to" in done.stderr
    assert "boot loader" in done.stderr


def test_a_boot_loader_that_takes_nothing(mountable: Path, given_file: Path) -> None:
    fill = f"printf '%s\\n' 'Board-ID: RPI-RP2' > '{mountable}/INFO_UF2.TXT'"
    fill += f" && mount -o remount,ro '{mountable}'"
    arguments = f"install --to '{mountable}' --yes --circuitpython '{given_file}'"
    done = in_a_mount(mountable, "size=4m", fill, arguments)
    assert (done.returncode, "cannot be written to" in done.stderr) == (1, True), done.stderr


def test_a_drive_is_found_where_the_system_has_mounted_it(mountable: Path, given_file: Path) -> None:
    fill = f"cp '{circuitpython(given_file.parent / 'source')}/boot_out.txt' '{mountable}'"
    done = in_a_mount(mountable, "size=4m", fill, "install --copy --yes")
    assert done.returncode == 0, done.stderr
    assert f"Found {mountable}: raspberry_pi_pico with CircuitPython 10.1.3" in done.stderr


@pytest.mark.parametrize("failing", ["first", "middle", "last"])
def test_a_copy_that_fails_leaves_no_key(failing: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    total = len(layout.on_a_key(drive_files()))
    left = {"first": 0, "middle": total // 2, "last": total - 1}[failing]
    real = os.fsync

    def fsync(descriptor: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(CannotWrite, match="went away, or failed"):
        copying.copy_files(drive_files(), folder, lambda *_: None)
    assert not (folder / "boot.py").exists()


@pytest.mark.parametrize("path", ["boot.py", "code.py", "lib/totpkey_firmware/loop.mpy"])
def test_a_file_that_reads_back_wrong_leaves_no_key(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, real = circuitpython(tmp_path / "CIRCUITPY"), copying._write

    def write(at: Path, content: bytes) -> None:
        real(at, content[:-1] + b"?" if at == folder / path else content)

    monkeypatch.setattr(copying, "_write", write)
    with pytest.raises(CannotWrite, match=path):
        copying.copy_files(drive_files(), folder, lambda *_: None)
    assert not (folder / "boot.py").exists()


def test_a_key_is_none_while_its_files_are_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, real = circuitpython(tmp_path / "CIRCUITPY"), copying._write
    copying.copy_files(drive_files(), folder, lambda *_: None)
    boot, starts = folder / "boot.py", list[Path]()

    def write(at: Path, content: bytes) -> None:
        if at != boot and boot.exists() and boot.read_bytes():
            starts.append(at)
        real(at, content)

    monkeypatch.setattr(copying, "_write", write)
    # A removal may come to the disk after all that is written.
    monkeypatch.setattr(copying, "_remove", lambda _: None)
    copying.copy_files(drive_files(), folder, lambda *_: None)
    assert starts == []
    assert boot.read_bytes()


def test_a_copy_onto_a_key_keeps_its_accounts_if_asked_to(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["install", "--to", str(folder), "--copy"]
    assert run([*arguments, "--yes"]) == 0
    vault = folder / "vault" / "pages.bin"
    blank = vault.read_bytes()
    with_accounts = b"TPK2" + blank[4:]
    vault.write_bytes(with_accounts)
    (folder / "lib" / "totpkey_firmware" / "otp.mpy").write_bytes(b"damaged")
    questions: list[str] = []

    def agree(question: str, **_: object) -> str:
        questions.append(question)
        return "y"

    monkeypatch.setattr("click.prompt", agree)
    capsys.readouterr()

    assert run([*arguments, "--keep-vault"]) == 0
    assert "its accounts stay" in questions[-1]
    assert "hold its button for 3 s" in capsys.readouterr().err
    expected = layout.on_a_key(drive_files()) | {"vault/pages.bin": with_accounts}
    copied = content(folder)
    assert {path: copied[path] for path in expected} == expected

    assert run(arguments) == 0
    assert "its accounts are lost: `--keep-vault` keeps them" in questions[-1]
    assert vault.read_bytes() == blank
    assert run(arguments) == 0
    assert "accounts" not in questions[-1]

    vault.write_bytes(with_accounts[:-1])
    assert run([*arguments, "--keep-vault"]) == 1
    assert "is not whole" in capsys.readouterr().err
    assert vault.read_bytes() == with_accounts[:-1]
    vault.unlink()
    assert run([*arguments, "--keep-vault"]) == 0
    assert vault.read_bytes() == blank


@pytest.mark.parametrize("option", ["--circuitpython", "--download"])
def test_a_copy_does_not_pass_over_a_circuitpython_that_is_given(
    option: str, folder: Path, given_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [option, str(given_file)] if option == "--circuitpython" else [option, "--board", BOARD]
    assert run(["install", "--to", str(folder), "--copy", "--yes", *given]) == 2
    assert "leave out --circuitpython" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["boot_out.txt"]


def test_nothing_is_copied_onto_a_boot_loader(
    tmp_path: Path, given_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --keep-vault it would look as if the accounts of a copied key stayed."""
    folder = loader(tmp_path / "RPI-RP2")
    arguments = ["--circuitpython", str(given_file), "--copy", "--keep-vault", "--yes"]
    assert run(["install", "--to", str(folder), *arguments]) == 2
    assert "loses its accounts" in " ".join(capsys.readouterr().err.split())
    assert [path.name for path in folder.iterdir()] == ["INFO_UF2.TXT"]


class Cable:
    """Pulled out at one of the moments at which a copy removes a file or brings one to the disk."""

    def __init__(self, drive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._drive = drive
        self.moments_left = -1
        monkeypatch.setattr(os, "fsync", self._watched(lambda _: None))
        monkeypatch.setattr(os, "unlink", self._watched(os.unlink))

    def _watched(self, real: Callable[..., None]) -> Callable[..., None]:
        def step(*arguments: object, **named: object) -> None:
            self.moments_left -= 1
            if self.moments_left == -1:
                self._drive.rename(self._drive.with_name("unplugged"))
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            real(*arguments, **named)

        return step


@pytest.mark.slow
def test_a_second_copy_that_is_cut_leaves_a_board_that_shows_its_drive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    """With boot.py in place it would close all of USB, and then perhaps find its modules gone."""
    arguments = ["install", "--to", str(folder), "--copy", "--yes"]
    assert run(arguments) == 0
    shutil.copytree(folder, tmp_path / "key")
    key = content(folder)
    cable = Cable(folder, monkeypatch)
    cut = code = 1
    for cut in range(len(key) * 4):
        cable.moments_left = cut
        code = run(arguments)
        if code == 0:
            break
        left = content(tmp_path / "unplugged")
        assert not left.get("boot.py") or left == key, cut
        shutil.rmtree(tmp_path / "unplugged")
        shutil.copytree(tmp_path / "key", folder)
    assert (code, content(folder)) == (0, key)
    assert cut > len(key)
    assert capsys.readouterr().err.count("not a key until everything") == cut


def content(folder: Path) -> dict[str, bytes]:
    """All files of a drive, by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
