"""`totpkey install`, onto boards that are folders, and what can go wrong with them."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.install.boot_rom import FakeDrive, written
from tests.install.keys import BOARD, installed
from tests.install.mounts import in_a_mount
from tests.install.test_image import interpreter
from tests.install.test_places import BOOT_OUT, circuitpython, loader
from tests.key.desk import AMAZON, Desk
from totpkey.cli.root import run
from totpkey.drive import drive_files, drive_folder
from totpkey.errors import CannotWrite, UnfitImage
from totpkey.install import copying, download, image
from totpkey.virtual.key import VirtualKey
from totpkey.virtual.pty import SerialBridge
from totpkey.volume import fat_reader, layout
from totpkey.volume.flash_map import DRIVE_START, MB
from totpkey_protocol.boards import BOARDS

Join = Callable[[VirtualKey], SerialBridge]


@pytest.fixture
def given_file(tmp_path: Path) -> Path:
    path = tmp_path / "circuit python.uf2"
    path.write_bytes(interpreter())
    return path


def test_a_board_in_its_boot_loader_becomes_a_key_that_says_hello(
    tmp_path: Path, given_file: Path, bridged: Join, capsys: pytest.CaptureFixture[str]
) -> None:
    key = installed()
    bridge = bridged_later(key, bridged)
    blank = b"\x13" * (2 * MB)
    with FakeDrive(tmp_path / "RPI-RP2 with space", blank, bridge):
        arguments = [
            "--circuitpython",
            str(given_file),
            "--to",
            str(tmp_path / "RPI-RP2 with space"),
            "--yes",
        ]
        code = run(["--port", str(tmp_path / "port0"), "install", *arguments])
    shown = capsys.readouterr().err
    assert code == 0, shown
    assert "Found" in shown
    assert "Raspberry Pi Pico is key" in shown
    expected = written(image.build(image.read_circuitpython(given_file)[1], drive_files(), BOARD), blank)
    drive = fat_reader.read(key.flash[DRIVE_START:])
    before = fat_reader.read(expected[DRIVE_START:])
    assert {path: content for path, content in drive.items() if path != "boot_out.txt"} == before


def test_the_key_that_says_hello_is_the_one_that_was_made(
    tmp_path: Path,
    given_file: Path,
    bridged: Join,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Another key is plugged in and in setup all the while."""
    other, key = installed(), installed(uid=b"\x42" * 8)
    other.plug()
    bridge = bridged(other)
    assert bridge.wait_until(bridge.path.exists)
    ports = lambda: [str(path) for path in sorted(tmp_path.glob("port*"))]  # noqa: E731
    monkeypatch.setattr("totpkey.cli.install.data_ports", ports)
    with FakeDrive(tmp_path / "RPI-RP2", b"\x00" * (2 * MB), bridged_later(key, bridged)):
        code = run(
            ["install", "--circuitpython", str(given_file), "--to", str(tmp_path / "RPI-RP2"), "--yes"]
        )
    shown = capsys.readouterr().err
    assert code == 0, shown
    assert f"is key {'42' * 8}" in shown


def test_a_key_is_repaired_and_keeps_its_accounts(
    tmp_path: Path, given_file: Path, bridged: Join, capsys: pytest.CaptureFixture[str]
) -> None:
    """It starts closed, so a person holds its button to let it say hello."""
    desk = Desk(installed())
    desk.plug_in()
    desk.provision(AMAZON)
    desk.key.unplug()
    people: list[threading.Thread] = []

    def restart(flash: bytes) -> None:
        desk.key.flash = flash
        desk.key.plug()
        people.append(threading.Thread(target=hold_for_setup, args=(desk.key, bridged(desk.key))))
        people[0].start()

    with FakeDrive(tmp_path / "RPI-RP2", desk.key.flash, restart):
        arguments = ["--circuitpython", str(given_file), "--to", str(tmp_path / "RPI-RP2"), "--keep-vault"]
        code = run(["--port", str(tmp_path / "port0"), "install", *arguments, "--yes"])
    people[0].join()
    shown = capsys.readouterr().err
    assert code == 0, shown
    assert "hold its button for 3 s" in shown
    assert "firmware 0.1.0, open" in shown
    assert run(["--port", str(tmp_path / "port0"), "list"]) == 0
    assert "Amazon" in capsys.readouterr().out


def hold_for_setup(key: VirtualKey, bridge: SerialBridge) -> None:
    """A person who waits until the key is a keyboard, and nothing else."""
    assert bridge.wait_until(lambda: key.usb.enumeration is not None and key.uptime_ms > 4000, 30)
    with bridge.lock:
        assert key.usb.enumeration is not None
        assert not key.usb.enumeration.has_serial
        key.press(3.2)


def test_a_board_that_comes_up_as_nothing(
    tmp_path: Path,
    given_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As one does that got the CircuitPython of another board."""
    monkeypatch.setattr("totpkey.cli.install._RESTART", 0.5)
    with FakeDrive(tmp_path / "RPI-RP2", b"\x00" * (2 * MB), lambda _: None):
        arguments = ["--circuitpython", str(given_file), "--to", str(tmp_path / "RPI-RP2"), "--yes"]
        code = run(["--port", str(tmp_path / "port0"), "install", *arguments])
    shown = capsys.readouterr().err
    assert code == 3, shown
    assert "All was written, but no key has said hello since." in shown
    assert "for this very board" in shown


def bridged_later(key: VirtualKey, bridged: Join) -> Callable[[bytes], None]:
    """What restarts the board: a key with that flash, at a serial port."""

    def restart(flash: bytes) -> None:
        key.flash = flash
        key.plug()
        bridged(key)

    return restart


def test_copying_onto_circuitpy_gives_the_files_of_the_image(tmp_path: Path) -> None:
    folder = circuitpython(tmp_path / "CIRCUITPY")
    (folder / "lib").mkdir()
    (folder / "code.py").write_text("print('mine')")
    (folder / "code.txt").write_text("CircuitPython would run this first")
    (folder / "lib" / "totpkey_firmware").mkdir()
    (folder / "lib" / "totpkey_firmware" / "loop.py").write_text("an older one, found first")

    assert run(["install", "--to", str(folder), "--copy", "--yes"]) == 0

    made = image.build(image.read_circuitpython(written_interpreter(tmp_path))[1], drive_files(), BOARD)
    drive = fat_reader.read(written(made, b"\xff" * (2 * MB))[DRIVE_START:])
    copied = content(folder)
    copied.pop("boot_out.txt")
    page = drive_folder().parent / "page" / "totpkey.html"
    assert copied.pop(page.name, None) == (page.read_bytes() if page.exists() else None)
    assert copied == {path: content for path, content in drive.items() if not path.startswith("slots/")}


def written_interpreter(tmp_path: Path) -> Path:
    path = tmp_path / "circuitpython.uf2"
    path.write_bytes(interpreter())
    return path


def test_a_board_with_circuitpython_is_sent_to_its_boot_loader(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = circuitpython(tmp_path / "CIRCUITPY")
    assert run(["install", "--to", str(folder), "--yes"]) == 3
    assert "hold its BOOT button" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["boot_out.txt"]


@pytest.mark.parametrize(
    ("told", "code", "words"),
    [
        (BOOT_OUT.replace("10.1.3", "10.0.3"), 1, "needs CircuitPython 10.1"),
        (BOOT_OUT.replace("10.1.3", "11.0.0"), 1, "needs CircuitPython 10.1"),
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


def test_the_wrong_image_the_wrong_folder_and_no_yes(
    tmp_path: Path, given_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = loader(tmp_path / "RPI-RP2")
    given = ["install", "--to", str(folder), "--circuitpython", str(given_file)]
    assert run([*given, "--board", "adafruit_kb2040"]) == 1
    assert "not for adafruit_kb2040" in capsys.readouterr().err
    assert run(["install", "--to", str(tmp_path), "--circuitpython", str(given_file)]) == 3
    assert "is no drive of a board" in capsys.readouterr().err
    assert run(["install", "--to", str(folder)]) == 2
    assert "--circuitpython" in capsys.readouterr().err
    monkeypatch.setattr("click.prompt", lambda *_, **__: "n")
    assert run(given) == 1
    assert "Nothing was written" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["INFO_UF2.TXT"]


def test_several_boards_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [loader(tmp_path / "RPI-RP2"), circuitpython(tmp_path / "CIRCUITPY")]
    monkeypatch.setattr("totpkey.install.places.mounted", lambda: folders)
    assert run(["install", "--yes"]) == 3
    shown = capsys.readouterr().err
    assert "several boards" in shown
    assert all(str(folder) in shown for folder in folders)


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
def test_a_copy_that_fails_leaves_no_key(
    failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = circuitpython(tmp_path / "CIRCUITPY")
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


def test_a_copy_onto_a_key_keeps_its_accounts_if_asked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = circuitpython(tmp_path / "CIRCUITPY")
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
    assert "its accounts are lost: `--keep-vault` leaves them" in questions[-1]
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
    option: str, tmp_path: Path, given_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = circuitpython(tmp_path / "CIRCUITPY")
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


def test_a_second_copy_that_is_cut_leaves_a_board_that_shows_its_drive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With boot.py in place it would close all of USB, and then perhaps find its modules gone."""
    folder = circuitpython(tmp_path / "CIRCUITPY")
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
    assert capsys.readouterr().err.count("shows its drive") == cut


def content(folder: Path) -> dict[str, bytes]:
    """All files of a drive, by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_downloads_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "server"
    source.mkdir()
    (source / f"adafruit-circuitpython-{BOARD}-en_US-{download.VERSION}.uf2").write_bytes(interpreter())
    address = source.as_uri() + "/adafruit-circuitpython-{board}-en_US-{version}.uf2"
    with pytest.raises(UnfitImage, match="is not the CircuitPython"):
        download.fetch(BOARD, tmp_path / "cache", address)
    assert not (tmp_path / "cache").exists()

    monkeypatch.setitem(download.CHECKSUMS, BOARD, hashlib.sha256(interpreter()).hexdigest())
    path = download.fetch(BOARD, tmp_path / "cache", address)
    assert path.read_bytes() == interpreter()
    assert download.fetch(BOARD, tmp_path / "cache", "file:///nowhere") == path
    with pytest.raises(UnfitImage, match="could not be downloaded"):
        download.fetch(BOARD, tmp_path / "other cache", "file:///nowhere")
    unknown = next(board for board in BOARDS if board not in download.CHECKSUMS)
    with pytest.raises(UnfitImage, match="no checksum"):
        download.fetch(unknown, tmp_path / "cache")


def test_for_which_boards_there_is_a_download_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "install.md").read_text(encoding="utf-8")
    assert run(["install", "--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    known = [
        board for board in sorted(BOARDS) if f"`{board}`" in page.partition("SHA-256")[2].partition(".")[0]
    ]
    assert known == sorted(download.CHECKSUMS)
    assert f"Only for {', '.join(known)}, whose checksum is known" in told

    arguments = ["--download", "--board", "adafruit_kb2040", "--yes"]
    assert run(["install", "--to", str(loader(tmp_path / "RPI-RP2")), *arguments]) == 1
    told = capsys.readouterr().err
    assert "https://circuitpython.org/board/adafruit_kb2040/ and give it with --circuitpython" in told
