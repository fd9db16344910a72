"""`totpkey verify` reads flash, compares it with a release, and names each part that differs.

Whatever is in what it does not compare, the key does the same.
"""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.install.boards import BOARD, installed, send, written
from tests.install.releases import INTERPRETER, KNOWN, RELEASE, compared, flash_of, made, places
from tests.support.cases import sampled
from tests.support.desk import AMAZON, Desk
from totpkey.cli.root import run
from totpkey.install import image, manifest, updating, verifying
from totpkey.install.drive import drive_files
from totpkey.install.image import read_circuitpython
from totpkey.install.manifest import Manifest
from totpkey.install.verifying import CIRCUITPYTHON, ROOT
from totpkey_protocol import slots, storage
from totpkey_protocol.version import __version__
from totpkey_virtual.chip.key import ChipKey
from totpkey_volume import fat, fat_reader, layout, uf2
from totpkey_volume.circuitpython import DRIVE_START, MB, NVM_START, SECTOR
from totpkey_volume.fat_format import Geometry

#: The parts that `make test` changes: all but the compiled modules, and some of those.
QUICK = [name for number, name in enumerate(places()) if not name.endswith(".mpy") or number % 25 == 0]


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


def test_the_command_looks_at_the_file_of_an_image(
    tmp_path: Path, given_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made_file, release = tmp_path / "made.uf2", tmp_path / "release.json"
    assert run(["image", "--circuitpython", str(given_file), "-o", str(made_file)]) == 0
    release.write_bytes(manifest.encode(RELEASE))

    compare = ["verify", "--image", str(made_file), "--manifest", str(release), "--unsigned"]
    assert run(compare) == 0
    assert "everything that runs on it matches the unsigned file" in capsys.readouterr().err
    assert run(["verify", "--image", str(made_file), "--circuitpython", str(given_file)]) == 0
    assert "everything that runs on it matches firmware" in capsys.readouterr().err

    changed = image.build(INTERPRETER, drive_files() | {"boot.py": b"import evil"}, BOARD)
    made_file.write_bytes(changed)
    assert run([*compare, "--json"]) == 1
    shown = capsys.readouterr()
    assert "boot.py" in json.loads(shown.out)["differing"]
    assert "Do not enter the key's PIN" in shown.err


def report_of(
    path: Path, content: bytes, capsys: pytest.CaptureFixture[str], code: int = 0
) -> tuple[dict[str, Any], str]:
    """Return what the command says of an image with this CircuitPython: as JSON, and in words."""
    given, release = path / "made.uf2", path / "release.json"
    given.write_bytes(image.build(content, drive_files(), BOARD))
    release.write_bytes(manifest.encode(RELEASE))
    arguments = ["verify", "--image", str(given), "--manifest", str(release), "--unsigned"]
    assert run([*arguments, "--json"]) == code
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert run(arguments) == code
    return said, capsys.readouterr().err


DOORS = ["line-coding", "safe-mode", "double-reset", "wake-up", "get-report", "set-report", "name"]
EDITS = [*DOORS[:-1], "imports", "name"]


def test_it_says_of_a_sealed_one_what_it_was_and_what_was_edited(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said, words = report_of(tmp_path, image.sealed(INTERPRETER, BOARD), capsys)
    assert (said["sealed"], said["edits"], said["missing"]) == (True, EDITS, [])
    assert said["official"] == KNOWN[BOARD].official.digest
    assert f"CircuitPython is sealed: that of SHA-256 {said['official']}, with" in words
    assert words.count("Warning") == 1, "that nobody has signed the manifest"


def test_a_published_one_is_right_and_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said, words = report_of(tmp_path, INTERPRETER, capsys)
    assert (said["matches"], said["sealed"], said["edits"], said["missing"]) == (True, False, [], DOORS)
    assert said["official"] == KNOWN[BOARD].official.digest
    assert "CircuitPython is not sealed: in setup any program" in words


def test_one_that_is_sealed_in_part_differs_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (changes,) = [each for edit, each in image.changes(INTERPRETER, BOARD) if edit.name == "line-coding"]
    (change,) = changes
    sealed = bytearray(image.sealed(INTERPRETER, BOARD))
    sealed[change.at : change.at + 2] = change.before
    said, words = report_of(tmp_path, bytes(sealed), capsys, 1)
    assert (said["differing"], said["sealed"]) == ([CIRCUITPYTHON], False)
    assert (said["edits"], said["missing"]) == (EDITS[1:], ["line-coding"])
    assert "CircuitPython is sealed in part: safe-mode, double-reset" in words


def test_a_sealed_one_with_a_change_of_somebody_elses_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sealed = bytearray(image.sealed(INTERPRETER, BOARD))
    sealed[10] ^= 1
    said, _words = report_of(tmp_path, bytes(sealed), capsys, 1)
    assert (said["differing"], said["official"], said["sealed"]) == ([CIRCUITPYTHON], "", False)


def test_a_circuitpython_that_the_release_does_not_know_is_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made_file = tmp_path / "made.uf2"
    made_file.write_bytes(made("adafruit_kb2040"))
    assert run(["verify", "--image", str(made_file)]) == 7
    assert "CircuitPython was not compared" in capsys.readouterr().err


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
        pytest.param(
            {2 * MB: b"\x01"}, "outside 2097152 bytes of flash", id="the start, by its other address"
        ),
        pytest.param({NVM_START: b"\x01"}, "It writes accounts", id="uses"),
        pytest.param({layout.vault_range(BOARD)[0]: b"\x01"}, "It writes accounts", id="accounts"),
        pytest.param({DRIVE_START + 2 * SECTOR: b""}, "differ", id="less than all"),
    ],
)
def test_a_file_that_writes_more_or_less_than_an_image_is_not_good(
    further: dict[int, bytes], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flash = uf2.flash_content(made(), 2 * MB)
    content = {at // SECTOR * SECTOR for at in uf2.pages(made())}
    sectors = {at: bytes(flash[at : at + SECTOR]) for at in content}
    sectors |= {at: piece.ljust(SECTOR, b"\x01") for at, piece in further.items()}
    (tmp_path / "made.uf2").write_bytes(
        uf2.encode({at: sectors[at] for at in sectors if further.get(at) != b""})
    )
    (tmp_path / "release.json").write_bytes(manifest.encode(RELEASE))
    arguments = ["--image", str(tmp_path / "made.uf2"), "--manifest", str(tmp_path / "release.json")]
    assert bool(run(["verify", *arguments, "--unsigned"])) == bool(further)
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
def test_noise_changes_nothing_on_the_chip(official_image: Path, tmp_path: Path) -> None:
    made_file = tmp_path / "made.uf2"
    assert run(["image", "--circuitpython", str(official_image), "-o", str(made_file)]) == 0
    desk = Desk(ChipKey(made_file, None))
    types_as_before(desk)
    interpreter = manifest.Interpreter.of(read_circuitpython(official_image)[1])
    release = manifest.of(__version__, drive_files(), {desk.key.board: interpreter})
    flash = desk.key.flash
    assert verifying.compare(lambda at, size: flash[at : at + size], [release], None).is_good
