"""Files and drives on Windows: all kinds of names, what others may do with a file, and boards.

A drive becomes a key, a key gets new firmware, and both are compared with a release.
Files that would take too much time or memory are stopped on Windows, too, and the limit is named. Wine does
not enforce the limit of a job object, so this tests the thread that watches as well.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from readers.tests import samples
from readers.tests.entries import AMAZON, PASSWORD, WORK
from readers.tests.hostile import FILES
from readers.tests.pictures import codes as pictures
from tests.backup.backups import PHRASE, filled, restored, saved
from tests.install.boards import BOARD, Board, at_desk, installed, written
from tests.install.conftest import MakeFirmware
from tests.install.releases import INTERPRETER, RELEASE
from tests.support.terminal import CommandDesk
from tests.windows import wine
from tests.windows.conftest import MakeDesk, WindowsWorld
from totpkey.install import image, manifest
from totpkey.install import image as image_of_a_board
from totpkey.install.drive import drive_files
from totpkey_protocol.version import __version__
from totpkey_volume import fat_reader, layout
from totpkey_volume.circuitpython import DRIVE_START, MB

pytestmark = pytest.mark.needs("windows")

#: Prints the rights to a file, in Windows' own words (SDDL).
_RIGHTS = """
import ctypes, sys
from ctypes import wintypes
advapi32 = ctypes.WinDLL("advapi32")
to_text = advapi32.ConvertSecurityDescriptorToStringSecurityDescriptorW
to_text.argtypes = ctypes.c_void_p, wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p, ctypes.c_void_p
descriptor, text = ctypes.c_void_p(), ctypes.c_wchar_p()
assert not advapi32.GetNamedSecurityInfoW(sys.argv[1], 1, 4, None, None, None, None, ctypes.byref(descriptor))
assert to_text(descriptor, 1, 4, ctypes.byref(text), None)
print(text.value)
"""
#: Everyone, and all users of the computer.
_OTHERS = (";;;WD)", ";;;BU)", ";;;AU)")


def rights(file: Path) -> str:
    ended = wine.run("-c", _RIGHTS, wine.path_of(file))
    assert ended.code == 0, ended.err
    return ended.out.decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as a seller names it."""
    named = tmp_path / "我的 店铺 (备份)"
    named.mkdir()
    return named


def test_a_backup_is_for_its_owner_alone(desk: CommandDesk, folder: Path) -> None:
    filled(desk, folder)
    file = folder / "钥匙 备份.totpkey"
    assert saved(desk, file).code == 0
    (folder / "mine.txt").touch()
    assert any(others in rights(folder / "mine.txt") for others in _OTHERS)
    assert not any(others in rights(file) for others in _OTHERS)
    assert [path.name for path in folder.iterdir() if path.name.endswith(".partial")] == []


@pytest.mark.parametrize("place", ["drive", "extended", "network", "extended network"])
def test_paths_as_windows_writes_them(
    system: wine.Windows, make_desk: MakeDesk, folder: Path, place: str
) -> None:
    drive, network = wine.path_of(folder), system.share(folder)
    places = {
        "drive": drive,
        "extended": f"\\\\?\\{drive}",
        "network": network,
        "extended network": f"\\\\?\\UNC{network[1:]}",
    }
    first, second = make_desk(), make_desk(uid=bytes(range(8, 16)))
    (folder / "导出 1.json").write_bytes(samples.aegis((AMAZON, WORK)).data)

    def path(name: str) -> str:
        return f"{places[place]}\\{name}"

    added = first.run("import", "--force", path("导出 1.json"), when_asked=first.agree)
    assert added.code == 0, added.err
    assert saved(first, path("备份")).code == 0
    assert restored(second, path("备份")).code == 0
    assert second.labels() == [AMAZON.label, WORK.label]
    printed = first.run("backup", "print", path("备份"), path("纸.pdf"))
    assert printed.code == 0, printed.err
    assert "纸.pdf" in printed.err
    assert (folder / "纸.pdf").read_bytes().startswith(b"%PDF")
    assert first.run("backup", "verify", "--stdin", path("纸.pdf"), stdin=PHRASE).code == 0


def test_a_relative_path_and_a_picture(desk: CommandDesk, folder: Path) -> None:
    (folder / "二维码.png").write_bytes(pictures.saved(pictures.code(), "PNG"))
    command = (*wine.COMMAND, "--port", desk.port, "add", "--qr", ".\\二维码.png")
    added = wine.run(*command, cwd=folder)
    assert added.code == 0, added.err.decode()
    assert len(desk.told("list")) == 1


def test_a_windows_without_the_visual_c_runtime_is_told(desk: CommandDesk, folder: Path) -> None:
    (folder / "code.png").write_bytes(pictures.saved(pictures.code(), "PNG"))
    command = (*wine.COMMAND, "--port", desk.port, "add", "--qr", "code.png")
    refused = wine.run(*command, cwd=folder, without=["msvcp140"])
    assert refused.code == 1
    assert b"Visual C++ runtime is missing" in refused.err
    assert b"winget install" in refused.err


def test_a_file_that_is_not_there_is_named(desk: CommandDesk, folder: Path) -> None:
    missing = wine.path_of(folder / "没有.json")
    refused = desk.run("import", missing)
    assert refused.code == 2
    assert missing in refused.err


def test_a_board_s_drive_becomes_a_key_s(windows: None, folder: Path) -> None:
    (folder / "boot_out.txt").write_text(
        "Adafruit CircuitPython 10.1.3 on 2026-01-01; Raspberry Pi Pico with rp2040\n"
        "Board ID:raspberry_pi_pico\nUID:0001020304050607\n",
        newline="\r\n",
    )
    copied = wine.run(*wine.COMMAND, "install", "--copy", "--yes", "--to", wine.path_of(folder))
    assert copied.code == 0, copied.err.decode()
    for name, content in drive_files().items():
        if not name.startswith("source/"):
            assert (folder / name).read_bytes() == content, name


def test_an_image_for_a_board(windows: None, official_image: Path, folder: Path) -> None:
    """The same bytes as on Linux."""
    made = folder / "钥匙.uf2"
    given = ("--circuitpython", wine.path_of(official_image), "-o", wine.path_of(made))
    ended = wine.run(*wine.COMMAND, "image", *given)
    assert ended.code == 0, ended.err.decode()
    board, content = image_of_a_board.read_circuitpython(official_image, "")
    sealed = image_of_a_board.sealed(content, board)
    assert made.read_bytes() == image_of_a_board.build(sealed, drive_files(), board)


#: In MB. Windows itself ends the process at 377. Under Wine only the thread does: 512 were seen.
MOST_MEMORY = 550

#: Reads a file as the command does, prints the most MB that the process which reads was seen with, and what
#: comes of it. Wine does not tell a process how long another one has worked.
_PROGRAM = """
import ctypes, subprocess, sys, threading
from ctypes import wintypes
from totpkey import errors
from totpkey.cli.input import files
from totpkey_readers.jail import windows_job

kernel32 = ctypes.WinDLL("kernel32")
kernel32.K32GetProcessMemoryInfo.argtypes = (wintypes.HANDLE, ctypes.c_void_p, wintypes.DWORD)
most = [0]

class Popen(subprocess.Popen):
    def __init__(self, *given, **options):
        super().__init__(*given, **options)
        threading.Thread(target=self.look, daemon=True).start()

    def look(self):
        counters = windows_job._Memory(size=ctypes.sizeof(windows_job._Memory))
        while self.returncode is None:
            kernel32.K32GetProcessMemoryInfo(int(self._handle), ctypes.byref(counters), counters.size)
            most[0] = max(most[0], counters.committed)
            over.wait(0.02)

subprocess.Popen = Popen
over = threading.Event()
try:
    contents = files.contents([sys.argv[1]], lambda app: sys.argv[2])
    said = f"{len(contents.found)} accounts, {[one.reason for one in contents.skipped]}"
except errors.TotpkeyError as error:
    said = f"{error.cause} {error.remedy}"
over.set()
print(f"{most[0] / 1e6:.0f} {said}")
"""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a view that never ends", "an app's own database"),
        ("5000 nested groups", "nested more deeply than any export"),
        ("JSON of two million objects", "needed more than 360 MiB of memory"),
        ("50 pages of TIFF", "took more than 8 s of work"),
    ],
)
def test_a_hostile_file_is_ended_within_bounds(name: str, words: str, windows: None, tmp_path: Path) -> None:
    file = tmp_path / "export"
    file.write_bytes(FILES[name]())
    ended = wine.run("-c", _PROGRAM, wine.path_of(file), PASSWORD)
    assert ended.code == 0, ended.err.decode(errors="replace")
    memory, said = ended.out.decode(errors="replace").split(" ", 1)
    assert 0 < float(memory) < MOST_MEMORY
    assert words in said


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
