"""`totpkey verify`: flash is read and compared with a release, and each part that differs is named."""

from __future__ import annotations

import json
import random
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.install.boot_rom import FakeDrive, written
from tests.install.keys import BOARD, installed
from tests.install.test_image import interpreter
from tests.install.test_install import Join, bridged_later
from tests.install.test_update import send
from tests.support.desk import AMAZON, HID, Desk
from totpkey.cli.root import run
from totpkey.install import download, image, manifest, updating, verifying
from totpkey.install import image as images_module
from totpkey.install.drive import drive_files
from totpkey.install.manifest import Content, Manifest
from totpkey.install.verifying import BOOT_SECTOR, CIRCUITPYTHON, ROOT, TABLE, Report
from totpkey.volume import extents, fat, fat_reader, layout, uf2
from totpkey.volume.fat_format import Geometry
from totpkey.volume.flash_map import DRIVE_START, MB
from totpkey.volume.flash_map import SECTOR as FLASH_SECTOR
from totpkey_protocol import slots, storage
from totpkey_protocol.version import __version__
from totpkey_virtual.images import images

if TYPE_CHECKING:
    from totpkey_virtual.chip.key import ChipKey

INTERPRETER = bytes(uf2.flash_content(interpreter(), 3 * FLASH_SECTOR))
KNOWN = {BOARD: manifest.interpreter(INTERPRETER)}
RELEASE = manifest.of(__version__, drive_files(), KNOWN)


def made(board: str = BOARD, uid: str = "", keep_vault: bool = False) -> bytes:
    """A UF2 image with the least that passes for a CircuitPython."""
    return image.build(
        bytes(uf2.flash_content(interpreter(board), 3 * FLASH_SECTOR)), drive_files(), board, keep_vault, uid
    )


def flash_of(uf2_image: bytes) -> bytearray:
    """What a flash of noise holds once the boot ROM has taken the image."""
    return bytearray(written(uf2_image, random.Random(5).randbytes(2 * MB)))


def compared(flash: bytes | bytearray, *releases: Manifest) -> Report:
    return verifying.compare(lambda at, size: bytes(flash[at : at + size]), releases or (RELEASE,), None)


@pytest.fixture(scope="module")
def clean() -> bytes:
    return bytes(flash_of(made()))


def test_what_an_image_has_written_is_that_of_the_release(clean: bytes) -> None:
    report = compared(clean)
    assert report.is_good
    assert (report.board, report.started, report.release) == (BOARD, "a", __version__)


def test_an_image_for_one_key_and_one_that_keeps_the_vault_are_those_of_the_release(clean: bytes) -> None:
    assert compared(flash_of(made(uid="E6614103E7174C2F"))).is_good
    assert compared(written(made(keep_vault=True), clean)).is_good


def places() -> dict[str, list[int]]:
    """For each part that runs or leads to what runs: bytes of flash in it, by the name that it has to get."""
    volume = layout.volume(drive_files(), BOARD)
    geometry = Geometry.of(len(volume))
    found = {CIRCUITPYTHON: [0, KNOWN[BOARD].size - 1, FLASH_SECTOR - 1]}
    starts = {BOOT_SECTOR: (0, 512), TABLE: extents.table(geometry), ROOT: extents.root(geometry)}
    found |= {name: [DRIVE_START + at, DRIVE_START + end - 1] for name, (at, end) in starts.items()}
    for each in extents.of(volume):
        in_slot = each.path.split("/")[0] in [folder for _, folder, _ in slots.SLOTS]
        if each.size and each.path not in storage.FILES and not (in_slot and each.is_directory):
            found[each.path] = [DRIVE_START + each.start, DRIVE_START + each.start + each.size - 1]
    for at, (_, folder, file) in enumerate(slots.SLOTS):
        # The end of a slot lies behind its firmware. In the first, a byte of a folder is no file's.
        start = found[file][0]
        found[file] = [start, start + 40] if at else [start + 3]
        assert any(path.startswith(folder) for path in found) == (at == 0)
    found[slots.SEALS] = [found[slots.SEALS][0] + at for at in (0, 20, 60, slots.STRIDE)]
    return found


@pytest.mark.parametrize("name", places())
def test_a_changed_byte_is_named_by_file(name: str, clean: bytes) -> None:
    for at in places()[name]:
        flash = bytearray(clean)
        flash[at] ^= 0x10
        assert compared(flash).differing == [name], hex(at)


def test_every_file_of_a_key_is_among_those_that_were_changed() -> None:
    on_a_key = layout.on_a_key(drive_files())
    files = {path for path, content in on_a_key.items() if content and path not in storage.FILES}
    assert files | {slots.SEALS, "slots/a.bin", "slots/b.bin", CIRCUITPYTHON} <= places().keys()


def test_the_vault_is_never_read_and_says_nothing(clean: bytes) -> None:
    start, end = layout.vault_range(BOARD)
    flash = clean[:start] + random.Random(1).randbytes(end - start) + clean[end:]
    asked: list[range] = []

    def read(at: int, size: int) -> bytes:
        asked.append(range(at, at + size))
        return flash[at : at + size]

    assert verifying.compare(read, [RELEASE], None).is_good
    assert not any(part.start < end and start < part.stop for part in asked)
    assert sum(map(len, asked)) > MB


def test_a_file_too_many_is_named(clean: bytes) -> None:
    """CircuitPython runs code.txt in place of code.py."""
    files = drive_files() | {"code.txt": b"import evil"}
    found = compared(flash_of(image.build(INTERPRETER, files, BOARD))).differing
    assert {"code.txt", ROOT} <= set(found)


def test_a_file_behind_the_others_that_calls_itself_boot_out(clean: bytes) -> None:
    """CircuitPython adds that one file; neither another content nor a place in the vault passes for it."""
    volume = clean[DRIVE_START:]
    geometry = Geometry.of(len(volume))
    records = list(fat_reader.records(volume[slice(*extents.root(geometry))]))
    at = DRIVE_START + extents.root(geometry)[0] + 32 * (records[-1].slot + 1)
    vault = fat_reader.first_cluster(volume, storage.FILES[0])
    for cluster in (vault, geometry.clusters, 0, 1, 0xFFFF):
        flash = bytearray(clean)
        flash[at : at + 32] = struct.pack("<11sB14xHI", b"BOOT_OUTTXT", 0x20, cluster, 100)
        flash[at + 12] = 0x18
        assert "boot_out.txt" in compared(flash).differing, cluster


def test_another_circuitpython_a_board_that_is_not_known_and_no_key_at_all(clean: bytes) -> None:
    nothing = Manifest(__version__, slots.LAYOUT, RELEASE.files, {})
    assert compared(clean, nothing).unknown == [CIRCUITPYTHON]
    assert compared(clean.replace(b"BOARD=raspberry_pi_pico", b"BOARD=raspberry_pi_p1co")).differing == [
        CIRCUITPYTHON
    ]
    other = fat.build({"code.py": b"print()"}, MB)
    assert not compared(clean[:DRIVE_START] + other).is_laid_out
    assert compared(b"\xff" * (2 * MB)).differing == [CIRCUITPYTHON]


def test_a_key_that_was_updated(desk: Desk, newer: dict[str, bytes], clean: bytes) -> None:
    """The other slot keeps the firmware before; nothing but its own manifest tells that it is good."""
    send(desk, newer)
    with desk.client() as client:
        updating.keep(client, client.hello(), newer)
    after, volume = bytearray(clean), layout.volume(drive_files(), BOARD)
    for each in extents.of(volume):
        if each.path.startswith("slots/"):
            place = slice(DRIVE_START + each.start, DRIVE_START + each.start + each.size)
            after[place] = desk.key.flash[place]
    now = manifest.of("9." + __version__, newer, KNOWN)

    report = compared(after, now, RELEASE)
    assert report.is_good, report
    assert (report.started, report.release) == ("b", "9." + __version__)
    assert compared(after, now).differing == ["slots/a.bin"]
    assert any(path.startswith("lib-b/") for path in compared(after, RELEASE).differing)


# The command


def test_the_command_looks_at_the_file_of_an_image(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = tmp_path / "circuitpython.uf2"
    given.write_bytes(interpreter())
    made_file, release = tmp_path / "made.uf2", tmp_path / "release.json"
    assert run(["image", "--circuitpython", str(given), "-o", str(made_file)]) == 0
    release.write_bytes(manifest.encode(RELEASE))

    assert run(["verify", "--image", str(made_file), "--manifest", str(release)]) == 0
    assert "all that runs on it is that of firmware" in capsys.readouterr().err
    assert run(["verify", "--image", str(made_file), "--circuitpython", str(given)]) == 0
    capsys.readouterr()

    changed = image.build(INTERPRETER, drive_files() | {"boot.py": b"import evil"}, BOARD)
    made_file.write_bytes(changed)
    assert run(["verify", "--image", str(made_file), "--manifest", str(release), "--json"]) == 1
    shown = capsys.readouterr()
    assert "boot.py" in json.loads(shown.out)["differing"]
    assert "Do not enter the key's PIN" in shown.err


def test_a_circuitpython_that_the_release_does_not_know_is_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made_file = tmp_path / "made.uf2"
    made_file.write_bytes(made("adafruit_kb2040"))
    assert run(["verify", "--image", str(made_file)]) == 7
    assert "CircuitPython was not compared" in capsys.readouterr().err


# Manifests


def test_a_manifest_says_again_what_it_was_made_of(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(manifest.encode(RELEASE))
    assert manifest.read(path) == RELEASE
    assert RELEASE.files["boot.py"] == Content.of(drive_files()["boot.py"])
    assert not set(storage.FILES) & RELEASE.files.keys()


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document | {"format": "another"},
        lambda document: document | {"layout": True},
        lambda document: document | {"layout": 99},
        lambda document: document | {"files": []},
        lambda document: document | {"files": {"boot.py": {"size": -1, "sha256": "00" * 32}}},
        lambda document: document | {"files": {"boot.py": {"size": 1, "sha256": "00"}}},
        lambda document: document | {"files": {"../boot.py": {"size": 1, "sha256": "00" * 32}}},
        lambda document: [document],
        lambda document: {},
    ],
)
def test_what_is_no_manifest(
    change: Callable[[object], object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(change(json.loads(manifest.encode(RELEASE)))))
    assert run(["verify", "--manifest", str(path)]) == 2
    assert str(path) in capsys.readouterr().err


def test_a_signed_manifest_by_openssl(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Keys are openssl's, and it takes our signature; a changed byte or another key is noticed."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl here")
    for name in ("mine", "other"):
        openssl("genpkey", "-algorithm", "ed25519", "-out", str(tmp_path / name))
        openssl("pkey", "-in", str(tmp_path / name), "-pubout", "-out", str(tmp_path / f"{name}.pub"))
    path, made_file = tmp_path / "m.json", tmp_path / "made.uf2"
    made_file.write_bytes(made())
    path.write_bytes(manifest.encode(RELEASE))
    (tmp_path / "m.json.sig").write_bytes(manifest.sign(path.read_bytes(), tmp_path / "mine"))
    signature = [
        "-inkey",
        str(tmp_path / "mine.pub"),
        "-sigfile",
        str(tmp_path / "m.json.sig"),
        "-in",
        str(path),
    ]
    openssl("pkeyutl", "-verify", "-pubin", "-rawin", *signature)

    def verify(key: str) -> int:
        given = ["--manifest", str(path), "--public-key", str(tmp_path / key)]
        return run(["verify", "--image", str(made_file), *given])

    assert verify("mine.pub") == 0
    assert verify("other.pub") == 2
    assert verify("m.json") == 2
    path.write_bytes(path.read_bytes().replace(b'"release": "', b'"release": "8'))
    assert verify("mine.pub") == 2
    assert "is not by that key" in capsys.readouterr().err


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


# On the chip


@pytest.mark.chip
def test_a_key_in_its_boot_loader(
    image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command, pyusb and the real boot ROM: a used key verifies, and each change is named by file."""
    from tests.virtual.chip.boot_button import plug_in_boot_loader
    from tests.virtual.chip.usb_backend import ChipBackend
    from totpkey_virtual.chip.key import ChipKey

    made_file = tmp_path / "made.uf2"
    assert run(["image", "--circuitpython", str(image), "-o", str(made_file)]) == 0
    desk = Desk(key := ChipKey(made_file, None))
    desk.plug_in()
    desk.provision(AMAZON)
    key.unplug()
    before = key.flash
    plug_in_boot_loader(key)
    backend = ChipBackend(key)
    monkeypatch.setattr("totpkey.picoboot.boot_loader._backend", lambda: backend)
    monkeypatch.setattr(download, "CONTENTS", {key.board: pinned(image)})
    capsys.readouterr()

    assert run(["verify", "--json"]) == 0, capsys.readouterr().err
    assert json.loads(capsys.readouterr().out)["verified"] is True

    start, end = layout.vault_range(key.board)
    asked = [each for each in map(read_command, backend.asked) if each]
    assert sum(size for _, size in asked) > MB
    assert not [at for at, size in asked if at < end and start < at + size]
    key.unplug()
    assert key.flash == before
    for name in (CIRCUITPYTHON, "boot.py", "lib/totpkey_firmware/loop.mpy"):
        key.flash = changed(key.flash, places()[name][1])
    plug_in_boot_loader(key)
    assert run(["verify"]) == 1
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [
        f"{name} differs" for name in (CIRCUITPYTHON, "boot.py", "lib/totpkey_firmware/loop.mpy")
    ]


def pinned(path: Path) -> tuple[int, str]:
    """What the project says of that very CircuitPython; of another one, what it is."""
    from totpkey.install.image import read_circuitpython

    content = manifest.interpreter(read_circuitpython(path)[1])
    return content.size, content.digest


@pytest.mark.skipif(not images(), reason="no CircuitPython image")
def test_the_pinned_circuitpython_is_what_its_file_puts_into_flash() -> None:
    import hashlib

    for path in images():
        for board, checksum in download.CHECKSUMS.items():
            if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == checksum:
                assert pinned(path) == download.CONTENTS[board]


def read_command(packet: bytes) -> tuple[int, int] | None:
    """From where in flash, and how much, a PICOBOOT command reads (RP2040 datasheet 2.8.5.4)."""
    if len(packet) != 32 or packet[8] != 0x84:
        return None
    at, size = struct.unpack_from("<II", packet, 16)
    return at - 0x10000000, size


def changed(flash: bytes, at: int) -> bytes:
    return flash[:at] + bytes((flash[at] ^ 1,)) + flash[at + 1 :]


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "libusb_package", None)
    assert run(["verify"]) == 1
    assert "totpkey[verify]" in capsys.readouterr().err


@pytest.mark.chip
@pytest.mark.parametrize("changed_file", ["", "boot.py"])
def test_a_board_is_verified_after_it_was_installed(
    changed_file: str,
    image: Path,
    bridged: Join,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Once it has said hello, a person plugs it in with BOOT held; its flash is what the drive got."""
    from tests.virtual.chip.boot_button import plug_in_boot_loader
    from tests.virtual.chip.usb_backend import ChipBackend
    from totpkey_virtual.chip.key import ChipKey

    key, chip = installed(), ChipKey(image, None)
    backend, flashes = ChipBackend(chip), []

    def restart(flash: bytes) -> None:
        flashes.append(changed(flash, places()[changed_file][0]) if changed_file else flash)
        bridged_later(key, bridged)(flash)

    def found() -> ChipBackend:
        if flashes and not chip.plugged:
            chip.flash = flashes[0]
            plug_in_boot_loader(chip)
        return backend

    monkeypatch.setattr("totpkey.picoboot.boot_loader._backend", found)
    with FakeDrive(tmp_path / "RPI-RP2", b"\x13" * (2 * MB), restart):
        given = ["--circuitpython", str(image), "--to", str(tmp_path / "RPI-RP2"), "--yes", "--verify"]
        code = run(["--port", str(tmp_path / "port0"), "install", *given])
    shown = capsys.readouterr()
    assert "hold its BOOT button, plug it in" in shown.err
    if changed_file:
        assert code == 1
        assert shown.out == "boot.py differs\n"
    else:
        assert code == 0, shown.err
        assert "all that runs on it is that of firmware" in shown.err


@pytest.mark.chip
@pytest.mark.parametrize("why", ["EACCES", "no driver"])
def test_a_board_that_this_computer_lets_nobody_at(
    why: str, image: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As libusb tells it on Linux without a rule, and on Windows without a driver."""
    import errno

    from usb.core import USBError

    from tests.virtual.chip.boot_button import plug_in_boot_loader
    from tests.virtual.chip.usb_backend import ChipBackend
    from totpkey_virtual.chip.key import ChipKey

    class Forbidding(ChipBackend):
        def open_device(self, device: object) -> object:
            if why == "no driver":
                raise NotImplementedError
            raise USBError("Access denied (insufficient permissions)", -3, errno.EACCES)

    plug_in_boot_loader(chip := ChipKey(image, None))
    monkeypatch.setattr("totpkey.picoboot.boot_loader._backend", lambda: Forbidding(chip))
    assert run(["verify"]) == 1
    assert "does not let the command at the board" in capsys.readouterr().err


@pytest.mark.parametrize("size", [1, 511, 512, 513, 1025, 3500])
def test_an_image_for_one_key_verifies_wherever_its_last_file_ends(size: int) -> None:
    """The file that tells the chip's id moves all behind it on by a cluster, into the next sector or not."""
    files = drive_files() | {"zz.txt": b"z" * size}
    release = manifest.of(__version__, files, KNOWN)
    for uid in ("", "E6614103E7174C2F"):
        assert compared(flash_of(image.build(INTERPRETER, files, BOARD, uid=uid)), release).is_good


@pytest.mark.chip
@pytest.mark.slow
def test_a_program_replaces_the_firmware_without_a_touch_and_verify_names_what_it_changed(
    image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The door that CircuitPython leaves open in setup: the key comes back the same, with its accounts."""
    from tests.install.test_image import ANYWHERE
    from tests.virtual.chip.boot_button import plug_in_boot_loader
    from tests.virtual.chip.mass_storage import MassStorage
    from tests.virtual.chip.usb_backend import ChipBackend
    from totpkey_virtual.chip.key import ChipKey

    board, content = images_module.read_circuitpython(image)
    made_file, files = tmp_path / "made.uf2", drive_files()
    made_file.write_bytes(images_module.build(content, files, board))
    desk = Desk(key := ChipKey(made_file, None))
    desk.plug_in()
    desk.provision(AMAZON)
    desk.hold_for_setup()

    open_at_1200_baud(key)
    evil = files | {"boot.py": files["boot.py"].replace(b"Runs once", b"Was here.")}
    assert evil["boot.py"] != files["boot.py"]
    MassStorage(key).write(ANYWHERE, images_module.build(content, evil, board, keep_vault=True))
    assert key.run_until(lambda: key.usb.enumeration is None, 3)
    desk.settle()
    assert desk.classes() == [HID]
    desk.away_from_the_boundary(AMAZON)
    assert desk.press() == desk.code(AMAZON)
    key.unplug()

    plug_in_boot_loader(key)
    monkeypatch.setattr("totpkey.picoboot.boot_loader._backend", lambda: ChipBackend(key))
    monkeypatch.setattr(download, "CONTENTS", {key.board: pinned(image)})
    assert run(["verify"]) == 1
    assert capsys.readouterr().out == "boot.py differs\n"


def open_at_1200_baud(key: ChipKey) -> None:
    """What any program may do with a serial port: set its speed and close it (CDC PSTN 1.2, section 6.3)."""
    to_interface, set_line_coding, set_control_line_state = 0x21, 0x20, 0x22
    key.control(to_interface, set_line_coding, 0, 0, struct.pack("<IBBB", 1200, 0, 0, 8))
    key.control(to_interface, set_control_line_state, 0, 0)

    def is_in_boot_loader() -> bool:
        return key.usb.enumeration is not None and key.usb.enumeration.product == "RP2 Boot"

    assert key.run_until(is_in_boot_loader, 5)
