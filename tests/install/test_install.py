"""`totpkey install` onto boards that are folders: how they are found, what is copied, and what fails.

README's "Build one" is acted out. A drive may be full, not writable, or disappear.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.install.boards import (
    BOARD,
    BOOT_OUT,
    INFO,
    README,
    SECRET,
    Board,
    acted_out,
    at_desk,
    circuitpython,
    commands,
    in_a_mount,
    installed,
    interpreter,
    loader,
    written,
)
from tests.install.conftest import Says
from tests.support.desk import AMAZON, Desk
from tests.support.terminal import World
from totpkey.accounts import codes
from totpkey.cli import exits
from totpkey.cli.root import run
from totpkey.errors import CannotWrite, UnfitImage
from totpkey.install import copying, download, image, places
from totpkey.install.drive import drive_files, drive_folder
from totpkey.install.places import BOOT_LOADER, CIRCUITPYTHON
from totpkey_protocol.boards import BOARDS
from totpkey_volume import fat_reader, layout
from totpkey_volume.circuitpython import DRIVE_START, MB


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The drive of a board with CircuitPython."""
    return circuitpython(tmp_path / "CIRCUITPY")


def test_a_board_in_its_boot_loader_becomes_a_key_that_says_hello(world: World, given_file: Path) -> None:
    blank = b"\x13" * (2 * MB)
    board = Board(installed(), world, blank, "RPI-RP2 with space")
    board.install("--circuitpython", str(given_file)).ended(0, "Found", "Raspberry Pi Pico is key")
    expected = written(image.build(image.read_circuitpython(given_file)[1], drive_files(), BOARD), blank)
    drive = fat_reader.read(board.key.flash[DRIVE_START:])
    before = fat_reader.read(expected[DRIVE_START:])
    assert {path: content for path, content in drive.items() if path != "boot_out.txt"} == before


def test_the_key_that_says_hello_is_the_one_that_was_made(
    world: World, given_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another key is plugged in and in setup all the while."""
    at_desk(installed(), world)
    board = Board(installed(uid=b"\x42" * 8), world)
    ports = lambda: [port for port, desk in world.desks.items() if desk.shows(serial=True)]  # noqa: E731
    monkeypatch.setattr("totpkey.cli.commands.firmware.data_ports", ports)
    given = ["install", "--circuitpython", str(given_file), "--to", str(board.drive.folder), "--yes"]
    done, _ = world.run(given, "", ())
    assert done.code == 0, done.err
    assert f"is key {'42' * 8}" in done.err


def test_a_key_is_repaired_and_keeps_its_accounts(world: World, given_file: Path) -> None:
    """It starts closed, so a person holds its button to let it say hello."""
    key = installed()
    Desk(key).provision(AMAZON)
    key.unplug()
    board = Board(key, world, key.flash)

    def hold_for_setup() -> None:
        if board.key.plugged and board.key.uptime_ms > 4000 and board.shows(serial=False):
            board.key.press(3.2)

    world.meanwhile.append(hold_for_setup)
    board.install("--circuitpython", str(given_file), "--keep-vault").ended(
        0, "hold its button for 3 s", "firmware 0.1.0, open"
    )
    assert board.labels() == [AMAZON.label]


def test_a_board_that_comes_up_as_nothing(world: World, given_file: Path) -> None:
    """As one does that got the CircuitPython of another board."""
    board = Board(installed(), world)
    board.drive.restart = lambda _: None
    board.install("--circuitpython", str(given_file)).ended(
        exits.NO_KEY, "All was written, but no key has answered since.", "for this very board"
    )


def test_a_board_with_circuitpython_is_sent_to_its_boot_loader(folder: Path, says: Says) -> None:
    assert "hold its BOOT button" in says(["install", "--to", str(folder), "--yes"], 3)
    assert [path.name for path in folder.iterdir()] == ["boot_out.txt"]


def test_the_wrong_image_the_wrong_folder_and_no_yes(
    tmp_path: Path, given_file: Path, says: Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, given = loader(tmp_path / "RPI-RP2"), ["--circuitpython", str(given_file)]
    onto = ["install", "--to", str(folder)]
    assert "not for adafruit_kb2040" in says([*onto, *given, "--board", "adafruit_kb2040"], 1)
    assert "is not the drive of a board" in says(["install", "--to", str(tmp_path), *given], 3)
    assert "--circuitpython" in says(onto, 2)
    monkeypatch.setattr("click.prompt", lambda *_, **__: "n")
    assert "Nothing was written" in says([*onto, *given], 1)
    assert [path.name for path in folder.iterdir()] == ["INFO_UF2.TXT"]


def test_several_boards_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: Says) -> None:
    folders = [loader(tmp_path / "RPI-RP2"), circuitpython(tmp_path / "CIRCUITPY")]
    monkeypatch.setattr("totpkey.install.places.mounted", lambda: folders)
    shown = says(["install", "--yes"], 3)
    assert "several boards" in shown
    assert all(str(folder) in shown for folder in folders)


def test_downloads_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "server"
    source.mkdir()
    address = source.as_uri() + "/adafruit-circuitpython-{board}-en_US-{version}.uf2"
    monkeypatch.setattr(download, "_ADDRESS", address)
    (source / f"adafruit-circuitpython-{BOARD}-en_US-{download.VERSION}.uf2").write_bytes(interpreter())
    with pytest.raises(UnfitImage, match="is not the CircuitPython"):
        download.fetch(BOARD, tmp_path / "cache")
    assert not (tmp_path / "cache").exists()

    known = replace(download.KNOWN[BOARD], file=hashlib.sha256(interpreter()).hexdigest())
    monkeypatch.setitem(download.KNOWN, BOARD, known)
    path = download.fetch(BOARD, tmp_path / "cache")
    assert path.read_bytes() == interpreter()
    monkeypatch.setattr(download, "_ADDRESS", "file:///nowhere/{board}-{version}")
    with pytest.raises(UnfitImage, match="could not be downloaded"):
        download.fetch(BOARD, tmp_path / "other cache")
    unknown = next(board for board in BOARDS if board not in download.KNOWN)
    with pytest.raises(UnfitImage, match="no checksum"):
        download.fetch(unknown, tmp_path / "cache")


def test_for_which_boards_there_is_a_download_is_told(
    tmp_path: Path, says: Says, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "guide" / "install.md").read_text(encoding="utf-8")
    assert run(["install", "--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    listed = page.partition("SHA-256")[2].partition(".")[0]
    known = [board for board in sorted(BOARDS) if f"`{board}`" in listed]
    assert known == sorted(download.KNOWN)
    assert f"Only for {', '.join(known)}, whose checksum is known" in told

    arguments = ["--download", "--board", "adafruit_kb2040", "--yes"]
    told = says(["install", "--to", str(loader(tmp_path / "RPI-RP2")), *arguments], 1)
    assert "https://circuitpython.org/board/adafruit_kb2040/ and give it with --circuitpython" in told


def test_what_a_drive_says_of_its_board(tmp_path: Path) -> None:
    first, second = loader(tmp_path / "RPI-RP2"), circuitpython(tmp_path / "CIRCUITPY")
    (tmp_path / "USB stick").mkdir()

    found = places.find([*sorted(tmp_path.iterdir()), first])

    assert [(place.path, place.kind) for place in found] == [(second, CIRCUITPYTHON), (first, BOOT_LOADER)]
    told = (found[0].board, found[0].uid, found[0].version)
    assert told == ("raspberry_pi_pico", "E6614103E7174C2F", (10, 1, 3))
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


def test_linux_without_its_table_and_macos_have_a_folder_for_drives(tmp_path: Path) -> None:
    on_linux = loader(tmp_path / "run/media/jo/RPI-RP2")
    on_macos = circuitpython(tmp_path / "Volumes" / "CIRCUITPY 1")
    for system, folder in (("linux", on_linux), ("darwin", on_macos)):
        assert [place.path for place in places.find(places.mounted(tmp_path, system))] == [folder]


def test_windows_shows_drives_under_letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here such a path is a folder of that name."""
    monkeypatch.chdir(tmp_path)
    folder = loader(Path("E:\\"))
    (tmp_path / "C:\\").mkdir()
    assert [place.path for place in places.find(places.mounted(system="win32"))] == [folder]


def test_build_one(tmp_path: Path) -> None:
    with acted_out(tmp_path, interpreter()) as story:
        steps = list(story.tell())
        done = [(step.command, step.code) for step in steps]
        assert done == [(command, 0) for command in commands()], steps
        assert [step.command.split()[1] for step in steps] == ["install", "time", "add", "done"]
        assert "Raspberry Pi Pico is key" in steps[0].shown
        assert "saved" in steps[2].shown.lower()
        assert story.press() == codes.totp(SECRET, int(story.board.key.clock.unix_time))


def test_its_picture_shows_these_commands() -> None:
    picture = (README.parent / "docs" / "pictures" / "build.svg").read_text(encoding="utf-8")
    for command in commands():
        assert command in picture


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
def test_what_is_not_copied_onto(told: str, code: int, words: str, tmp_path: Path, says: Says) -> None:
    folder = circuitpython(tmp_path / "CIRCUITPY", told)
    assert words in says(["install", "--to", str(folder), "--copy", "--yes"], code)
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


@pytest.mark.parametrize(
    ("kind", "size", "words"),
    [
        ("boot loader", "256k", "is full"),
        ("CircuitPython", "256k", "has room for"),
        ("boot loader", "4m", "cannot be written to"),
        ("CircuitPython", "4m", "boot loader"),
    ],
)
def test_a_drive_that_is_full_or_read_only(
    kind: str, size: str, words: str, mountable: Path, given_file: Path, folder: Path
) -> None:
    fill, option = f"cp '{folder}/boot_out.txt' '{mountable}'", "--copy"
    if kind == "boot loader":
        fill = f"printf '%s\\n' 'Board-ID: RPI-RP2' > '{mountable}/INFO_UF2.TXT'"
        option = f"--circuitpython '{given_file}'"
    if size == "4m":
        fill += f" && mount -o remount,ro '{mountable}'"
    done = in_a_mount(mountable, f"size={size}", fill, f"install --to '{mountable}' --yes {option}")
    assert (done.returncode, words in done.stderr) == (1, True), done.stderr
    assert ("cannot be written to" in done.stderr) == (size == "4m")


def test_a_drive_is_found_where_the_system_has_mounted_it(mountable: Path, folder: Path) -> None:
    fill = f"cp '{folder}/boot_out.txt' '{mountable}'"
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
    path: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = copying._write

    def write(at: Path, content: bytes) -> None:
        real(at, content[:-1] + b"?" if at == folder / path else content)

    monkeypatch.setattr(copying, "_write", write)
    with pytest.raises(CannotWrite, match=path):
        copying.copy_files(drive_files(), folder, lambda *_: None)
    assert not (folder / "boot.py").exists()


def test_a_key_is_none_while_its_files_are_replaced(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copying.copy_files(drive_files(), folder, lambda *_: None)
    real, boot, starts = copying._write, folder / "boot.py", list[Path]()

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
    folder: Path, monkeypatch: pytest.MonkeyPatch, says: Says
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

    assert "hold its button for 3 s" in says([*arguments, "--keep-vault"])
    assert "its accounts stay" in questions[-1]
    expected = layout.on_a_key(drive_files()) | {"vault/pages.bin": with_accounts}
    copied = content(folder)
    assert {path: copied[path] for path in expected} == expected

    assert run(arguments) == 0
    assert "its accounts are lost: `--keep-vault` keeps them" in questions[-1]
    assert vault.read_bytes() == blank
    assert run(arguments) == 0
    assert "accounts" not in questions[-1]

    vault.write_bytes(with_accounts[:-1])
    assert "is not whole" in says([*arguments, "--keep-vault"], 1)
    assert vault.read_bytes() == with_accounts[:-1]
    vault.unlink()
    assert run([*arguments, "--keep-vault"]) == 0
    assert vault.read_bytes() == blank


@pytest.mark.parametrize("option", ["--circuitpython", "--download"])
def test_a_copy_does_not_pass_over_a_circuitpython_that_is_given(
    option: str, folder: Path, given_file: Path, says: Says
) -> None:
    given = [option, str(given_file)] if option == "--circuitpython" else [option, "--board", BOARD]
    told = says(["install", "--to", str(folder), "--copy", "--yes", *given], 2)
    assert "leave out --circuitpython" in told
    assert [path.name for path in folder.iterdir()] == ["boot_out.txt"]


def test_nothing_is_copied_onto_a_boot_loader(tmp_path: Path, given_file: Path, says: Says) -> None:
    """With --keep-vault it would look as if the accounts of a copied key stayed."""
    folder = loader(tmp_path / "RPI-RP2")
    arguments = ["--circuitpython", str(given_file), "--copy", "--keep-vault", "--yes"]
    told = says(["install", "--to", str(folder), *arguments], 2)
    assert "loses its accounts" in " ".join(told.split())
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
