"""What stands for a board: its boot ROM, its drives, a CircuitPython, and the keys that it becomes.

The ROM is written from its published source, `bootrom/virtual_disk.c`, as far as files dragged onto RPI-RP2
are concerned. Blocks may arrive in any order. A sector is erased before the first of the 16 blocks whose
numbers differ only in the lowest four bits. The chip restarts when all blocks have arrived.
README's "Build one" is acted out with a folder as the board. Only manual actions and the terminal's prompts
are left out.
"""

from __future__ import annotations

import contextlib
import io
import shlex
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.sealing.assembled import START, all_functions, versions
from tests.support.desk import Desk
from tests.support.keys import MORNING
from tests.support.port import LIMIT
from tests.support.terminal import CommandDesk, Result, World
from totpkey.install import updating
from totpkey.install.drive import drive_files, drive_folder
from totpkey_virtual.clock_chip import ClockChip, Now
from totpkey_virtual.computer import Computer
from totpkey_virtual.ds3231 import DS3231
from totpkey_virtual.flash import FlashCells
from totpkey_virtual.simulator import SimulatedKey
from totpkey_volume import layout, uf2
from totpkey_volume.circuitpython import DRIVE_START, MB, SECTOR
from totpkey_volume.uf2 import BLOCK, FLASH_BASE

BOARD = "raspberry_pi_pico"
INFO = "UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: RPI-RP2\r\n"
_BLOCKS_A_SECTOR = 16


def write(image: bytes, flash: FlashCells) -> Iterator[int]:
    """Process each block of a UF2 as the ROM does, and yield how many are done."""
    erased: set[int] = set()
    seen: set[int] = set()
    for at in range(0, len(image), BLOCK):
        _, _, _, address, length, number, _, _ = struct.unpack_from("<8I", image, at)
        if number not in seen:
            if number // _BLOCKS_A_SECTOR not in erased:
                erased.add(number // _BLOCKS_A_SECTOR)
                flash.erase((address - FLASH_BASE) & ~(SECTOR - 1))
            flash.program(address - FLASH_BASE, image[at + 32 : at + 32 + length])
        seen.add(number)
        yield len(seen)


def written(image: bytes, before: bytes) -> bytes:
    """Return the contents of a flash that held `before`, after the image was dragged onto the board."""
    flash = FlashCells(bytearray(before))
    for _ in write(image, flash):
        pass
    return bytes(flash.cells)


class FakeDrive:
    """RPI-RP2 as a folder. With a complete image in it, it disappears, and `restart` receives the flash."""

    def __init__(self, folder: Path, flash: bytes, restart: Callable[[bytes], None]) -> None:
        folder.mkdir(parents=True)
        (folder / "INFO_UF2.TXT").write_text(INFO, encoding="ascii", newline="")
        self.folder = folder
        self.restart = restart
        self._flash = flash

    def look(self) -> None:
        """Do what the ROM does as soon as it can. Call it while a command waits."""
        for image in self.folder.glob("*.uf2"):
            data = image.read_bytes()
            if len(data) >= BLOCK and len(data) >= BLOCK * struct.unpack_from("<8I", data)[6]:
                for file in list(self.folder.iterdir()):
                    file.unlink()
                self.restart(written(data, self._flash))


BOOT_OUT = (
    "Adafruit CircuitPython 10.1.3 on 2026-02-20; Raspberry Pi Pico with rp2040\r\n"
    "Board ID:raspberry_pi_pico\r\nUID:E6614103E7174C2F\r\nboot.py output:\r\n"
)


def loader(folder: Path, info: str = INFO) -> Path:
    folder.mkdir(parents=True)
    (folder / "INFO_UF2.TXT").write_text(info, newline="")
    return folder


def circuitpython(folder: Path, told: str = BOOT_OUT) -> Path:
    folder.mkdir(parents=True)
    (folder / "boot_out.txt").write_text(told, newline="")
    return folder


def in_a_mount(folder: Path, options: str, fill: str, arguments: str) -> subprocess.CompletedProcess[str]:
    """Mount a small file system in a new namespace, which needs no privileges, and run a command there."""
    script = f"mount -t tmpfs -o {options} tmpfs '{folder}' && {fill}"
    script += f" && exec {sys.executable} -m totpkey {arguments}"
    return subprocess.run(
        ["unshare", "-Urm", "sh", "-c", script], capture_output=True, text=True, check=False, timeout=LIMIT
    )


#: Stands for CircuitPython where it is not run: three sectors, the last not full.
#: Made up; its bytes are in an order in which no secret of the tests stands.
INTERPRETER = b"\x01boot2" + bytes(at * 167 % 256 for at in range(256)) * 40
FULL = INTERPRETER.ljust(3 * SECTOR, b"\xff")


def interpreter(board: str = BOARD, version: str = "10.1.4", code: bytes = all_functions()) -> bytes:
    """The least that passes for a CircuitPython of a version that no release knows, and can be sealed."""
    text = f"\0BOARD={board}\0Adafruit CircuitPython {version} on 2026-02-20; a board\0"
    content = (FULL[:256] + text.encode() + versions(version)).ljust(START, b"\0") + code
    return uf2.encode({0: content.ljust(3 * SECTOR, b"\xff")})


def installed(
    board: str = BOARD, uid: bytes | None = None, clock: Callable[[Now], ClockChip] = DS3231
) -> SimulatedKey:
    """Return a new simulated key whose flash is laid out as the image does it."""
    key = SimulatedKey(drive_folder(), board, unix_time=MORNING, uid=uid, clock=clock)
    key.flash = b"\xff" * DRIVE_START + layout.volume(drive_files(), board)
    return key


class Board(CommandDesk):
    """A board in its boot loader. What a command writes onto its drive becomes the key of this desk."""

    def __init__(
        self, key: SimulatedKey, world: World, flash: bytes = b"\x13" * (2 * MB), drive: str = "RPI-RP2"
    ) -> None:
        super().__init__(key, world)
        self.drive = FakeDrive(world.folder / drive, flash, self._restart)
        world.meanwhile.append(self.drive.look)

    def install(self, *arguments: str) -> Result:
        return self.run("install", "--to", str(self.drive.folder), "--yes", *arguments)

    def _restart(self, flash: bytes) -> None:
        self.key.flash = flash
        self.key.plug()


def at_desk(key: SimulatedKey, world: World) -> CommandDesk:
    """Plug in a key where commands can use it."""
    desk = CommandDesk(key, world)
    desk.plug_in()
    return desk


Files = dict[str, bytes]


def send(desk: Desk, files: Files) -> None:
    """Send firmware and wait until the key is back with it, in setup."""
    with desk.client() as client:
        updating.send(client, client.hello(), files, lambda *_: None)
    assert desk.key.run_until(lambda: desk.key.usb.enumeration is None, 3)
    desk.await_face(serial=True)


README = Path(__file__).resolve().parents[2] / "README.md"
SECRET = b"12345678901234567890"
_BASE32 = "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"


@dataclass(frozen=True)
class Step:
    """A command from README, its exit code, and its output."""

    command: str
    code: int
    shown: str


def commands() -> list[str]:
    """Return the commands of README's section, without their comments."""
    section = README.read_text(encoding="utf-8").partition("## Build one\n")[2].partition("\n## ")[0]
    block = section.partition("```\n")[2].partition("```")[0]
    return [line.partition("  #")[0].strip() for line in block.splitlines() if line.startswith("totpkey ")]


class _Screen(io.StringIO):
    """What a command prints, on whichever stream."""

    def readouterr(self) -> tuple[str, str]:
        shown = self.getvalue()
        self.seek(0)
        self.truncate()
        return shown, ""


@contextlib.contextmanager
def acted_out(folder: Path, circuitpython: bytes) -> Iterator[Story]:
    """A person with README and a board in its boot loader, until the key is unplugged."""
    (folder / "circuitpython.uf2").write_bytes(circuitpython)
    screen = _Screen()
    with (
        World(folder, screen).around_commands() as world,
        contextlib.chdir(folder),
        contextlib.redirect_stdout(screen),
        contextlib.redirect_stderr(screen),
    ):
        yield Story(Board(installed(), world, b"\x00" * (2 * MB)))


class Story:
    def __init__(self, board: Board) -> None:
        self.board = board

    def tell(self) -> Iterator[Step]:
        """Run each command. Afterwards the key is about to become a keyboard."""
        yield from map(self._act, commands())

    def press(self) -> str:
        """Wait until the key is a keyboard, press its button and return what it types."""
        self.board.await_face(serial=False)
        self.board.key.run(3)
        if (left := 30 - self.board.key.true_time % 30) < 3:
            self.board.key.run(left)
        self.board.computer = Computer(self.board.key)
        return self.board.press().strip()

    def _act(self, command: str) -> Step:
        """Run a command for this board and key. A secret is piped in, since a prompt needs a terminal."""
        words = shlex.split(command)[1:]
        if words[0] == "install":
            words += ["--to", str(self.board.drive.folder), "--yes"]
        if words[0] == "add":
            words.append("--stdin")
        done = self.board.run(*words, stdin=_BASE32)
        return Step(command, done.code, done.out.replace(str(self.board.world.folder), "/media/you"))
