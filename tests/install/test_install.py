"""`totpkey install` onto boards that are folders: how they are found, README's story, and failures."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from tests.install.boards import (
    BOARD,
    BOOT_OUT,
    INFO,
    Board,
    at_desk,
    circuitpython,
    installed,
    interpreter,
    loader,
    written,
)
from tests.install.story import README, SECRET, acted_out, commands
from tests.support.desk import AMAZON, Desk
from tests.support.terminal import World
from totpkey.accounts import codes
from totpkey.cli import exits
from totpkey.cli.root import run
from totpkey.errors import UnfitImage
from totpkey.install import download, image, places
from totpkey.install.drive import drive_files
from totpkey.install.places import BOOT_LOADER, CIRCUITPYTHON
from totpkey_protocol.boards import BOARDS
from totpkey_volume import fat_reader
from totpkey_volume.circuitpython import DRIVE_START, MB


def test_a_board_in_its_boot_loader_becomes_a_key_that_says_hello(world: World, given_file: Path) -> None:
    blank = b"\x13" * (2 * MB)
    board = Board(installed(), world, blank, "RPI-RP2 with space")
    done = board.install("--circuitpython", str(given_file))
    assert done.code == 0, done.err
    assert "Found" in done.err
    assert "Raspberry Pi Pico is key" in done.err
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
    done = board.install("--circuitpython", str(given_file), "--keep-vault")
    assert done.code == 0, done.err
    assert "hold its button for 3 s" in done.err
    assert "firmware 0.1.0, open" in done.err
    assert board.labels() == [AMAZON.label]


def test_a_board_that_comes_up_as_nothing(world: World, given_file: Path) -> None:
    """As one does that got the CircuitPython of another board."""
    board = Board(installed(), world)
    board.drive.restart = lambda _: None
    done = board.install("--circuitpython", str(given_file))
    assert done.code == exits.NO_KEY, done.err
    assert "All was written, but no key has answered since." in done.err
    assert "for this very board" in done.err


def test_a_board_with_circuitpython_is_sent_to_its_boot_loader(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = circuitpython(tmp_path / "CIRCUITPY")
    assert run(["install", "--to", str(folder), "--yes"]) == 3
    assert "hold its BOOT button" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["boot_out.txt"]


def test_the_wrong_image_the_wrong_folder_and_no_yes(
    tmp_path: Path, given_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = loader(tmp_path / "RPI-RP2")
    given = ["install", "--to", str(folder), "--circuitpython", str(given_file)]
    assert run([*given, "--board", "adafruit_kb2040"]) == 1
    assert "not for adafruit_kb2040" in capsys.readouterr().err
    assert run(["install", "--to", str(tmp_path), "--circuitpython", str(given_file)]) == 3
    assert "is not the drive of a board" in capsys.readouterr().err
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
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "guide" / "install.md").read_text(encoding="utf-8")
    assert run(["install", "--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    known = [
        board for board in sorted(BOARDS) if f"`{board}`" in page.partition("SHA-256")[2].partition(".")[0]
    ]
    assert known == sorted(download.KNOWN)
    assert f"Only for {', '.join(known)}, whose checksum is known" in told

    arguments = ["--download", "--board", "adafruit_kb2040", "--yes"]
    assert run(["install", "--to", str(loader(tmp_path / "RPI-RP2")), *arguments]) == 1
    told = capsys.readouterr().err
    assert "https://circuitpython.org/board/adafruit_kb2040/ and give it with --circuitpython" in told


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


def test_build_one(tmp_path: Path) -> None:
    with acted_out(tmp_path, interpreter()) as story:
        steps = list(story.tell())
        assert [(step.command, step.code) for step in steps] == [(command, 0) for command in commands()], (
            steps
        )
        assert [step.command.split()[1] for step in steps] == ["install", "time", "add", "done"]
        assert "Raspberry Pi Pico is key" in steps[0].shown
        assert "saved" in steps[2].shown.lower()
        assert story.press() == codes.totp(SECRET, int(story.board.key.clock.unix_time))


def test_its_picture_shows_these_commands() -> None:
    picture = (README.parent / "docs" / "pictures" / "build.svg").read_text(encoding="utf-8")
    for command in commands():
        assert command in picture
