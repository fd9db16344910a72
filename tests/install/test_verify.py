"""`totpkey verify` reads flash, compares it with a release, and names each part that differs.

Whatever is in what it does not compare, the key does the same. Boards in their boot loader are read by the
real boot ROM on the emulated chip. A release's manifest lists its files with their digests, signed or not.
"""

from __future__ import annotations

import json
import random
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.install.boards import BOARD, Board, installed, send, written
from tests.install.conftest import Says
from tests.install.releases import INTERPRETER, KNOWN, RELEASE, changed, compared, flash_of, made, places
from tests.sealing import admit
from tests.support.cases import sampled
from tests.support.chinese import english_in
from tests.support.desk import AMAZON, HID, Desk
from tests.support.terminal import World
from totpkey import picoboot
from totpkey.cli.root import run
from totpkey.install import download, image, manifest, updating, verifying
from totpkey.install import image as images_module
from totpkey.install.drive import drive_files
from totpkey.install.image import read_circuitpython
from totpkey.install.manifest import Content, Manifest
from totpkey.install.verifying import CIRCUITPYTHON, ROOT
from totpkey_protocol import slots, storage
from totpkey_protocol.version import __version__
from totpkey_virtual.chip.key import ChipKey
from totpkey_virtual.chip.usb_controller import Handshake
from totpkey_volume import fat, fat_reader, layout, uf2
from totpkey_volume.circuitpython import DRIVE_START, MB, NVM_START, SECTOR
from totpkey_volume.fat_format import Geometry
from virtual.tests.chip.boot_loader import MassStorage, plug_in_boot_loader
from virtual.tests.chip.usb_backend import ChipBackend

#: The parts that `make test` changes: all but the compiled modules, and some of those.
QUICK = [name for number, name in enumerate(places()) if not name.endswith(".mpy") or number % 25 == 0]


@pytest.fixture(scope="module")
def clean() -> bytes:
    return bytes(flash_of(made()))


def test_what_an_image_has_written_is_that_of_the_release(clean: bytes) -> None:
    """Also for one key, and beside the vault that was there."""
    report = compared(clean)
    assert report.is_good
    assert (report.board, report.started, report.release) == (BOARD, "a", __version__)
    assert compared(flash_of(made(uid="E6614103E7174C2F"))).is_good
    assert compared(written(made(keep_vault=True), clean)).is_good


@pytest.mark.parametrize("name", sampled(places(), QUICK))
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
    records = list(fat_reader.records(volume[slice(*fat_reader.root(geometry))]))
    at = DRIVE_START + fat_reader.root(geometry)[0] + 32 * (records[-1].slot + 1)
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


@pytest.mark.slow
def test_a_key_that_was_updated(desk: Desk, newer: dict[str, bytes], clean: bytes) -> None:
    """The other slot keeps the firmware before; nothing but its own manifest tells that it is good."""
    send(desk, newer)
    with desk.client() as client:
        updating.keep(client, client.hello(), newer)
    after, volume = bytearray(clean), layout.volume(drive_files(), BOARD)
    for each in fat_reader.extents_of(volume):
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


@pytest.fixture
def unsigned(tmp_path: Path) -> list[str]:
    """The arguments that compare an image with a manifest that matches it and that nobody has signed."""
    path, image = tmp_path / "m.json", tmp_path / "made.uf2"
    image.write_bytes(made())
    path.write_bytes(manifest.encode(RELEASE))
    return ["verify", "--image", str(image), "--manifest", str(path)]


def test_the_command_looks_at_the_file_of_an_image(
    unsigned: list[str], given_file: Path, says: Says, capsys: pytest.CaptureFixture[str]
) -> None:
    made_file, given = unsigned[2], ["--circuitpython", str(given_file)]
    says(["image", *given, "-o", made_file])
    assert "everything that runs on it matches the unsigned file" in says([*unsigned, "--unsigned"])
    assert "everything that runs on it matches firmware" in says(["verify", "--image", made_file, *given])

    changed = image.build(INTERPRETER, drive_files() | {"boot.py": b"import evil"}, BOARD)
    Path(made_file).write_bytes(changed)
    assert run([*unsigned, "--unsigned", "--json"]) == 1
    shown = capsys.readouterr()
    assert "boot.py" in json.loads(shown.out)["differing"]
    assert "Do not enter the key's PIN" in shown.err


Judge = Callable[..., tuple[dict[str, Any], str]]


@pytest.fixture
def judge(unsigned: list[str], says: Says, capsys: pytest.CaptureFixture[str]) -> Judge:
    """Return what tells what the command says of an image with a CircuitPython: as JSON, and in words."""

    def judge(content: bytes, code: int = 0) -> tuple[dict[str, Any], str]:
        Path(unsigned[2]).write_bytes(image.build(content, drive_files(), BOARD))
        assert run([*unsigned, "--unsigned", "--json"]) == code
        said: dict[str, Any] = json.loads(capsys.readouterr().out)
        return said, says([*unsigned, "--unsigned"], code)

    return judge


DOORS = ["line-coding", "safe-mode", "double-reset", "wake-up", "get-report", "set-report", "name"]
EDITS = [*DOORS[:-1], "imports", "name"]


def test_it_says_of_a_sealed_one_what_it_was_and_what_was_edited(judge: Judge) -> None:
    said, words = judge(image.sealed(INTERPRETER, BOARD))
    assert (said["sealed"], said["edits"], said["missing"]) == (True, EDITS, [])
    assert said["official"] == KNOWN[BOARD].official.digest
    assert f"CircuitPython is sealed: that of SHA-256 {said['official']}, with" in words
    assert words.count("Warning") == 1, "that nobody has signed the manifest"


def test_a_published_one_is_right_and_open(judge: Judge) -> None:
    said, words = judge(INTERPRETER)
    assert (said["matches"], said["sealed"], said["edits"], said["missing"]) == (True, False, [], DOORS)
    assert said["official"] == KNOWN[BOARD].official.digest
    assert "CircuitPython is not sealed: in setup any program" in words


def test_one_that_is_sealed_in_part_differs_and_says_so(judge: Judge) -> None:
    (changes,) = [each for edit, each in image.changes(INTERPRETER, BOARD) if edit.name == "line-coding"]
    (change,) = changes
    sealed = bytearray(image.sealed(INTERPRETER, BOARD))
    sealed[change.at : change.at + 2] = change.before
    said, words = judge(bytes(sealed), 1)
    assert (said["differing"], said["sealed"]) == ([CIRCUITPYTHON], False)
    assert (said["edits"], said["missing"]) == (EDITS[1:], ["line-coding"])
    assert "CircuitPython is sealed in part: safe-mode, double-reset" in words


def test_a_sealed_one_with_a_change_of_somebody_elses_differs(judge: Judge) -> None:
    sealed = bytearray(image.sealed(INTERPRETER, BOARD))
    sealed[10] ^= 1
    said, _words = judge(bytes(sealed), 1)
    assert (said["differing"], said["official"], said["sealed"]) == ([CIRCUITPYTHON], "", False)


def test_a_circuitpython_that_the_release_does_not_know_is_no_success(tmp_path: Path, says: Says) -> None:
    made_file = tmp_path / "made.uf2"
    made_file.write_bytes(made("adafruit_kb2040"))
    assert "CircuitPython was not compared" in says(["verify", "--image", str(made_file)], 7)


@pytest.mark.parametrize("size", [1, 511, 512, 513, 1025, 3500])
def test_an_image_for_one_key_verifies_wherever_its_last_file_ends(size: int) -> None:
    """The file that tells the chip's id moves all behind it on by a cluster, into the next sector or not."""
    files = drive_files() | {"zz.txt": b"z" * size}
    release = manifest.of(__version__, files, KNOWN)
    for uid in ("", "E6614103E7174C2F"):
        assert compared(flash_of(image.build(INTERPRETER, files, BOARD, uid=uid)), release).is_good


@pytest.mark.parametrize(
    ("further", "words"),
    [
        pytest.param({}, "matches the unsigned file", id="nothing more"),
        pytest.param({2 * MB: b"\x01"}, "outside 2097152 bytes of flash", id="the start, by another address"),
        pytest.param({NVM_START: b"\x01"}, "It writes accounts", id="uses"),
        pytest.param({NVM_START: b"\xff" * SECTOR}, "It writes accounts", id="uses that go"),
        pytest.param({layout.vault_range(BOARD)[0]: b"\x01"}, "It writes accounts", id="accounts"),
        pytest.param({DRIVE_START + 2 * SECTOR: b""}, "differ", id="less than all"),
    ],
)
def test_a_file_that_writes_more_or_less_than_an_image_is_not_good(
    further: dict[int, bytes], words: str, unsigned: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    flash = uf2.flash_content(made(), 2 * MB)
    content = {at // SECTOR * SECTOR for at in uf2.pages(made())}
    sectors = {at: bytes(flash[at : at + SECTOR]) for at in content}
    sectors |= {at: piece.ljust(SECTOR, b"\x01") for at, piece in further.items()}
    kept = {at: sectors[at] for at in sectors if further.get(at) != b""}
    Path(unsigned[2]).write_bytes(uf2.encode(kept))
    assert bool(run([*unsigned, "--unsigned"])) == bool(further)
    assert words in capsys.readouterr().err


def not_compared(flash: bytes) -> Iterator[range]:
    """What is behind CircuitPython, NVM, free clusters, and what a slot holds behind its firmware."""
    end = -(-len(flash[:NVM_START].rstrip(b"\xff")) // SECTOR) * SECTOR
    yield range(end, DRIVE_START)
    volume = flash[DRIVE_START:]
    geometry = Geometry.of(len(volume))
    for cluster in range(2, geometry.clusters + 2):
        if fat_reader.next_cluster(volume, geometry, cluster) == 0:
            start = DRIVE_START + geometry.offset(cluster)
            yield range(start, start + geometry.cluster_size)
    first = next(each for each in fat_reader.extents_of(volume) if each.path == slots.SLOTS[0][2])
    used = len(layout.slot_content(drive_files(), "raspberry_pi_pico", slots.SLOTS[0][0]))
    yield range(DRIVE_START + first.start + used, DRIVE_START + first.start + first.size)


def with_noise(flash: bytes) -> bytes:
    noisy = bytearray(flash)
    for part in not_compared(flash):
        noisy[part.start : part.stop] = random.Random(part.start).randbytes(len(part))
    changed = sum(one != other for one, other in zip(flash, noisy, strict=True))
    assert changed > 100_000
    return bytes(noisy)


def types_as_before(desk: Desk) -> None:
    """With noise in all of it, it starts, types, comes to setup, and counts its use."""
    desk.provision(AMAZON)
    desk.unplug()
    desk.key.flash = with_noise(desk.key.flash)
    desk.plug_in()
    desk.expect_code(AMAZON)
    with desk.setup_client() as client:
        (account,) = client.list()
        assert client.uses(account.account).count == 1
        client.done()


def test_noise_in_what_is_not_compared_changes_nothing() -> None:
    types_as_before(Desk(installed()))


@pytest.mark.chip
def test_noise_changes_nothing_on_the_chip(official_image: Path, image_file: Path) -> None:
    desk = Desk(ChipKey(image_file, None))
    types_as_before(desk)
    interpreter = manifest.Interpreter.of(read_circuitpython(official_image)[1])
    release = manifest.of(__version__, drive_files(), {desk.key.board: interpreter})
    flash = desk.key.flash
    assert verifying.compare(lambda at, size: flash[at : at + size], [release], None).is_good


@pytest.mark.chip
def test_a_key_in_its_boot_loader(
    official_image: Path,
    image_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The command, pyusb and the real boot ROM: a used key verifies, and each change is named by file."""
    desk = Desk(key := ChipKey(image_file, None))
    desk.provision(AMAZON)
    key.unplug()
    before = key.flash
    plug_in_boot_loader(key)
    backend = ChipBackend(key)
    monkeypatch.setattr("totpkey.picoboot._backend", lambda: backend)
    monkeypatch.setattr(download, "KNOWN", {key.board: admit.row(official_image)[1]})
    capsys.readouterr()

    assert run(["verify", "--json"]) == 0, capsys.readouterr().err
    assert json.loads(capsys.readouterr().out)["verified"] is True

    start, end = layout.vault_range(key.board)
    asked = [each for each in map(read_command, backend.asked) if each]
    assert sum(size for _, size in asked) > MB
    assert not [at for at, size in asked if at < end and start < at + size]
    key.unplug()
    assert key.flash == before
    names = (CIRCUITPYTHON, "boot.py", "lib/totpkey_firmware/loop.mpy")
    for name in names:
        key.flash = changed(key.flash, places()[name][1])
    plug_in_boot_loader(key)
    assert run(["verify"]) == 1
    assert capsys.readouterr().out.splitlines() == [f"{name} differs" for name in names]


def read_command(packet: bytes) -> tuple[int, int] | None:
    """From where in flash, and how much, a PICOBOOT command reads (RP2040 datasheet 2.8.5.4)."""
    if len(packet) != 32 or packet[8] != 0x84:
        return None
    at, size = struct.unpack_from("<II", packet, 16)
    return at - 0x10000000, size


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, says: Says) -> None:
    monkeypatch.setitem(__import__("sys").modules, "libusb_package", None)
    assert "totpkey[verify]" in says(["verify"], 1)


@pytest.mark.chip
@pytest.mark.parametrize("changed_file", ["", "boot.py"])
def test_a_board_is_verified_after_it_was_installed(
    changed_file: str, official_image: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it has said hello, a person plugs it in with BOOT held; its flash is what the drive got."""
    board, chip = Board(installed(), world), ChipKey(official_image, None)
    backend, flashes = ChipBackend(chip), []
    becomes_a_key = board.drive.restart

    def restart(flash: bytes) -> None:
        flashes.append(changed(flash, places()[changed_file][0]) if changed_file else flash)
        becomes_a_key(flash)

    def found() -> ChipBackend:
        if flashes and not chip.plugged:
            chip.flash = flashes[0]
            plug_in_boot_loader(chip)
        return backend

    board.drive.restart = restart
    monkeypatch.setattr("totpkey.picoboot._backend", found)
    done = board.install("--circuitpython", str(official_image), "--verify")
    assert "hold its BOOT button, plug it in" in done.err
    if changed_file:
        assert (done.code, done.out) == (1, "boot.py differs\n")
    else:
        assert done.code == 0, done.err
        assert "everything that runs on it matches firmware" in done.err


@pytest.mark.chip
@pytest.mark.parametrize("why", ["EACCES", "no driver"])
def test_a_board_that_this_computer_lets_nobody_at(
    why: str, image: Path, monkeypatch: pytest.MonkeyPatch, says: Says
) -> None:
    """As libusb tells it on Linux without a rule, and on Windows without a driver."""
    import errno

    from usb.core import USBError

    class Forbidding(ChipBackend):
        def open_device(self, device: object) -> object:
            if why == "no driver":
                raise NotImplementedError
            raise USBError("Access denied (insufficient permissions)", -3, errno.EACCES)

    plug_in_boot_loader(chip := ChipKey(image, None))
    monkeypatch.setattr("totpkey.picoboot._backend", lambda: Forbidding(chip))
    assert "does not allow the command to use the board" in says(["verify"], 1)


@pytest.mark.chip
@pytest.mark.slow
def test_a_program_replaces_the_firmware_without_a_touch_and_verify_names_what_it_changed(
    official_image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a key that is not sealed, which comes back the same, with its accounts: the open door in setup."""
    board, content = images_module.read_circuitpython(official_image)
    made_file, files = tmp_path / "made.uf2", drive_files()
    made_file.write_bytes(images_module.build(content, files, board))
    desk = Desk(key := ChipKey(made_file, None))
    desk.provision(AMAZON)
    desk.hold_for_setup()

    assert admit.line_coding(desk)
    evil = files | {"boot.py": files["boot.py"].replace(b"Runs once", b"Was here.")}
    assert evil["boot.py"] != files["boot.py"]
    MassStorage(key).write(images_module.build(content, evil, board, keep_vault=True))
    assert key.run_until(lambda: key.usb.enumeration is None, 3)
    desk.settle()
    assert desk.classes() == [HID]
    desk.expect_code(AMAZON)
    key.unplug()

    plug_in_boot_loader(key)
    monkeypatch.setattr("totpkey.picoboot._backend", lambda: ChipBackend(key))
    monkeypatch.setattr(download, "KNOWN", {key.board: admit.row(official_image)[1]})
    assert run(["verify"]) == 1
    assert capsys.readouterr().out == "boot.py differs\n"


@pytest.mark.chip
def test_the_boot_rom_gives_each_packet_once(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in_boot_loader(key := ChipKey(image, None))
    monkeypatch.setattr(picoboot, "_backend", lambda: ChipBackend(key))
    with picoboot.the_one() as board:
        for length in (4, 64, 100, 256):
            assert len(board.read(0, length)) == length
            # At the end point by which the boot ROM answers (RP2040 datasheet section 2.8.5).
            assert key._running().usb.take(4) is Handshake.NAK


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
def test_what_is_no_manifest(change: Callable[[object], object], tmp_path: Path, says: Says) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(change(json.loads(manifest.encode(RELEASE)))))
    assert str(path) in says(["verify", "--manifest", str(path), "--unsigned"], 2)


def test_an_unsigned_manifest_is_refused(unsigned: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(unsigned) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"Nothing shows who wrote {unsigned[-1]}" in shown.err
    assert "--public-key" in shown.err
    assert "matches" not in shown.err


@pytest.mark.usefixtures("chinese")
def test_an_unsigned_manifest_is_refused_in_chinese(unsigned: list[str], says: Says) -> None:
    told = says(unsigned, 2)
    assert f"无法确认 {unsigned[-1]} 是谁写的" in told
    assert english_in(told.replace(unsigned[-1], "")) == []
    told = says([*unsigned, "--unsigned"])
    assert "没有签名" in told
    assert "都与固件" not in told, "that is what is said of a release"


def test_what_matches_an_unsigned_manifest_is_not_called_verified(
    unsigned: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*unsigned, "--unsigned", "--json"]) == 0
    shown = capsys.readouterr()
    said = json.loads(shown.out)
    assert (said["matches"], said["verified"]) == (True, False)
    assert f"Nobody has signed {unsigned[-1]}" in shown.err
    assert "matches firmware" not in shown.err


def test_unsigned_is_about_a_manifest_without_a_key(unsigned: list[str]) -> None:
    assert run(["verify", "--unsigned"]) == 2
    assert run(["verify", *unsigned[3:], "--unsigned", "--public-key", unsigned[-1]]) == 2


def test_a_signed_manifest_by_openssl(
    tmp_path: Path, unsigned: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Keys are openssl's, and it takes our signature; a changed byte or another key is noticed."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl here")
    for name in ("mine", "other"):
        openssl("genpkey", "-algorithm", "ed25519", "-out", str(tmp_path / name))
        openssl("pkey", "-in", str(tmp_path / name), "-pubout", "-out", str(tmp_path / f"{name}.pub"))
    path, signature = tmp_path / "m.json", tmp_path / "m.json.sig"
    signature.write_bytes(manifest.sign(path.read_bytes(), tmp_path / "mine"))
    check = ["pkeyutl", "-verify", "-pubin", "-rawin", "-inkey", str(tmp_path / "mine.pub")]
    openssl(*check, "-sigfile", str(signature), "-in", str(path))

    def verify(key: str, *paths: Path) -> int:
        given = [text for each in paths or [path] for text in ("--manifest", str(each))]
        return run([*unsigned[:3], *given, "--public-key", str(tmp_path / key)])

    assert verify("mine.pub") == 0
    assert "everything that runs on it matches firmware" in capsys.readouterr().err
    another = tmp_path / "another.json"
    another.write_bytes(manifest.encode(RELEASE))
    another_signature = tmp_path / "another.json.sig"
    for signer, code in ("other", 2), ("mine", 0):
        another_signature.write_bytes(manifest.sign(another.read_bytes(), tmp_path / signer))
        assert verify("mine.pub", path, another) == verify("mine.pub", another, path) == code
    another_signature.unlink()
    assert verify("mine.pub", path, another) == verify("mine.pub", another, path) == 2
    assert verify("other.pub") == 2
    assert verify("m.json") == 2
    path.write_bytes(path.read_bytes().replace(b'"release": "', b'"release": "8'))
    assert verify("mine.pub") == 2
    assert "is not by that key" in capsys.readouterr().err


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
