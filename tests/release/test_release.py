"""What `make release` builds: each part is what it says, and the same tree gives the same bytes.

`test_release_inputs.py` tests what it refuses to start without.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import downloads
import provenance
import release
import release_inputs
from tests.install.boards import interpreter
from tests.release import elsewhere
from totpkey.install import download, manifest, signed_release, verifying
from totpkey.install.drive import drive_files
from totpkey.install.image import reader
from totpkey.locks import words
from totpkey_protocol import storage
from totpkey_protocol.boards import BOARDS
from totpkey_protocol.version import __version__
from totpkey_virtual.chip.images import NONE_AT_HAND, VARIABLE, images
from totpkey_volume import layout
from totpkey_volume.circuitpython import MB

ROOT = Path(__file__).resolve().parents[2]

#: A whole release takes half a minute to build, and its publisher alone would notice.
pytestmark = pytest.mark.slow


def build(target: Path) -> Path:
    """A trial, since not all boards' CircuitPython is at hand on every machine, nor Wine."""
    command = [sys.executable, str(ROOT / "tools" / "release.py"), "--here", str(target), *elsewhere.SOURCE]
    ran = subprocess.run([*command, "--trial"], capture_output=True, text=True, cwd=ROOT)
    assert ran.returncode == 0, ran.stderr
    return target


@pytest.fixture(scope="module")
def interpreters() -> dict[str, Path]:
    """CircuitPython by board, or a skip: no test downloads any, nor builds a page without npm."""
    checksums = {hashlib.sha256(path.read_bytes()).hexdigest() for path in images()}
    if not checksums >= {known.file for known in download.KNOWN.values()}:
        pytest.skip(NONE_AT_HAND)
    try:
        release_inputs.page()
    except release_inputs.MissingInput as problem:
        pytest.skip(str(problem))
    return release_inputs.interpreters()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, interpreters: dict[str, Path]) -> Path:
    return build(tmp_path_factory.mktemp("release"))


def test_the_sums_are_those_of_all_files(built: Path) -> None:
    lines = (built / "SHA256SUMS").read_text().splitlines()
    summed = {name: digest for digest, name in (line.split("  ") for line in lines)}
    files = {path.name: path for path in built.iterdir() if path.name != "SHA256SUMS"}
    assert summed == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    assert all(__version__ in name for name in files)
    assert {"".join(path.suffixes[-1:]) for path in files.values()} >= {".whl", ".gz", ".zip", ".json"}


def test_the_notes_say_which_file_is_for_whom(built: Path) -> None:
    name = f"totpkey-{__version__}.notes.txt"
    notes = (built / name).read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\S+)` \| (.+) \|$", notes, re.MULTILINE))
    assert set(rows) == {path.name for path in built.iterdir()} - {name}
    assert notes.index("多数人") < notes.index("## What is new") < notes.index("## Files")
    page = ROOT / "build" / "page" / "totpkey.html"
    assert (built / f"totpkey-{__version__}.html").read_bytes() == page.read_bytes()


def test_the_notes_have_the_changes_of_their_version() -> None:
    changes = "# Changes\n\n## 2.0 (not released yet)\n\n- Two.\n\n## 1.0\n\n- One.\n"
    assert downloads.section(changes, "1.0") == "## What is new\n\n- One."
    assert downloads.section(changes, "2.0") == "## What is new\n\n- Two."
    assert downloads.section(changes, "0.9") == "## What is new\n\n- Two."


def test_what_an_order_needs_is_in_it() -> None:
    held = release._hardware()
    for name in ("single-gerbers.zip", "panel-gerbers.zip", "panel-positions.csv", "lid.stl"):
        assert held[f"fabrication/{name}"] == (ROOT / "hardware" / "fabrication" / name).read_bytes()
    assert "ordering.md" in held
    # CERN-OHL-P-2.0, 3.1: who passes the source on passes its notices on, too.
    licence, notice = (held[name].decode() for name in ("LICENSE.txt", "NOTICE.txt"))
    assert "CERN Open Hardware Licence Version 2 - Permissive" in licence
    assert "licensed under the CERN-OHL-P v2" in notice
    holder = tomllib.loads((ROOT / "REUSE.toml").read_text(encoding="utf-8"))["annotations"][1]
    assert holder["SPDX-FileCopyrightText"] in notice


def test_the_archive_does_not_tell_where_it_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    release._archive(tmp_path / "drive.zip", {"code.py": b"pass"})
    with zipfile.ZipFile(tmp_path / "drive.zip") as archive:
        assert {entry.create_system for entry in archive.infolist()} == {release._UNIX}


def test_the_wheel_has_the_same_page(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    page = ROOT / "build" / "page" / "totpkey.html"
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read(f"totpkey/data/{page.name}") == page.read_bytes()
        assert archive.read("totpkey/data/words/eff.txt").decode().split() == words.english()
        assert b"Attribution 3.0" in archive.read("totpkey/data/words/NOTICE")


def test_the_source_archive_holds_nothing_that_was_built(built: Path) -> None:
    (source,) = built.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "hatch_build.py", "firmware/boot.py", "page/index.html"} <= names
    assert not [name for name in names if name.startswith("totpkey/") or name.endswith((".mpy", ".mo"))]


def test_the_bill_names_what_stands_in_the_page(built: Path) -> None:
    """As the page's own head does, with npm's checksums in the other spelling."""
    bill = json.loads((built / f"totpkey-{__version__}.cdx.json").read_text())
    purls = {each.get("purl", ""): each for each in bill["components"]}
    of_npm = {purl: each for purl, each in purls.items() if purl.startswith("pkg:npm/")}
    page = (ROOT / "build" / "page" / "totpkey.html").read_text(encoding="utf-8")
    heads = re.findall(r"^(\S+) ([\d.]+), Copyright .*, npm sha512-(\S+)", page, re.MULTILINE)
    # Those that only build the page are in the bill, too.
    of_npm = {purl: each for purl, each in of_npm.items() if each["scope"] == "required"}
    assert {name for name, _, _ in heads} == {
        "@noble/hashes",
        "qr",
        "@zxcvbn-ts/core",
        "@zxcvbn-ts/dictionary-compression",
        "@zxcvbn-ts/language-common",
        "fastest-levenshtein",
    }
    assert set(of_npm) == {f"pkg:npm/{name.replace('@', '%40')}@{version}" for name, version, _ in heads}
    for name, version, checksum in heads:
        component = of_npm[f"pkg:npm/{name.replace('@', '%40')}@{version}"]
        content = base64.b64decode(checksum).hex()
        assert component["hashes"] == [{"alg": "SHA-512", "content": content}]
        assert "MIT" in component["licenses"][0]["expression"]
        assert component["purl"] in bill["dependencies"][0]["dependsOn"]


def test_the_provenance_names_all_files_with_their_checksums(built: Path) -> None:
    name = f"totpkey-{__version__}.provenance.json"
    stated = {
        each["name"]: each["digest"]["sha256"] for each in json.loads((built / name).read_text())["subject"]
    }
    others = [path for path in built.iterdir() if path.name not in (name, "SHA256SUMS")]
    assert stated == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in others}


def test_what_is_known_of_holes_belongs_to_the_bill(built: Path) -> None:
    bill = json.loads((built / f"totpkey-{__version__}.cdx.json").read_text())
    known = json.loads((built / f"totpkey-{__version__}.vex.json").read_text())
    serial = bill["serialNumber"].removeprefix("urn:uuid:")
    links = [each["ref"] for hole in known["vulnerabilities"] for each in hole["affects"]]
    assert links
    assert all(link.startswith(f"urn:cdx:{serial}/1#") for link in links)


def test_it_holds_all_that_a_release_has(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for the image of a board whose CircuitPython is not known yet; without that it is none."""
    made = {path.name for path in built.iterdir()}
    missing = {name.replace("VERSION", __version__) for name in release.HOLDS} - made
    assert missing <= (set() if shutil.which("wine") else {f"totpkey-{__version__}.exe"})
    if release.RECOMMENDED not in download.KNOWN:
        with pytest.raises(release.Incomplete, match=f"totpkey-{release.RECOMMENDED}-{__version__}.uf2"):
            release.require_whole(built, __version__)
    monkeypatch.setattr(release, "RECOMMENDED", "raspberry_pi_pico")
    monkeypatch.setattr(release, "HOLDS", (*made, "totpkey-VERSION.more"))
    with pytest.raises(release.Incomplete, match=f": totpkey-{__version__}.more is missing"):
        release.require_whole(built, __version__)


def test_images_of_all_boards_are_made_and_verify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what stands for CircuitPython, with each board's identity and flash: no network is needed."""
    sources = {board: tmp_path / f"{board}.uf2" for board in BOARDS}
    for board, path in sources.items():
        path.write_bytes(interpreter(board))
    release._images(tmp_path, __version__, sources)
    release._manifest(tmp_path / "manifest.json", __version__, sources)
    listed = manifest.read(tmp_path / "manifest.json")
    for board in BOARDS:
        for kind in ("", "-keep-vault"):
            made = tmp_path / f"totpkey-{board}-{__version__}{kind}.uf2"
            report = verifying.compare(reader(made), [listed], None)
            assert (report.is_good, report.board) == (True, board)
            assert len(layout.written(made.read_bytes())) == BOARDS[board].flash * MB
    sources.pop(release.RECOMMENDED)
    monkeypatch.setattr(release_inputs, "page", lambda: tmp_path)
    monkeypatch.setattr(release_inputs, "interpreters", lambda: sources)
    with pytest.raises(release.Incomplete, match=release.RECOMMENDED):
        release.build(tmp_path, provenance.Source(*elsewhere.SOURCE[:1], 1))


def test_a_trial_is_not_signed(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOTPKEY_SIGNING_KEY", str(tmp_path / "key.pem"))
    assert release.main(["--here", str(tmp_path / "dist"), *elsewhere.SOURCE, "--trial"]) == 1
    assert not (tmp_path / "dist").exists()


def test_notices_go_with_what_is_inside(built: Path) -> None:
    notices = (built / f"totpkey-{__version__}.third-party.txt").read_text(encoding="utf-8")
    for name in (
        "TinyUSB: MIT, Copyright Ha Thach",
        "Raspberry Pi Pico SDK: BSD-3-Clause",
        "FreeType",
        "PDFium",
    ):
        assert name in notices
    assert notices.count("Redistributions in binary form must reproduce") > 3
    assert "Apache License" in notices


def test_another_folder_python_time_and_language_give_the_same_bytes(
    built: Path, interpreters: dict[str, Path], tmp_path: Path
) -> None:
    """Whatever images lie about, and whoever may read the files."""
    stray = tmp_path / "adafruit-circuitpython-raspberry_pi_pico-en_US-9.0.0.uf2"
    stray.write_bytes(b"of another version")
    named = os.pathsep.join(map(str, [*interpreters.values(), stray]))
    tree = elsewhere.copy_of_tree(ROOT, tmp_path / "another place, with a longer name")
    again = elsewhere.build(tree, tmp_path / "release", {VARIABLE: named})
    assert (built / f"totpkey-{__version__}.provenance.json").read_text().count(elsewhere.SOURCE[0]) == 2
    differing = [
        path.name for path in again.iterdir() if path.read_bytes() != (built / path.name).read_bytes()
    ]
    assert not differing, elsewhere.differences(built / differing[0], again / differing[0])
    assert {path.name for path in again.iterdir()} == {path.name for path in built.iterdir()}


def test_a_release_starts_from_what_is_committed(tmp_path: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this tree is not a git checkout")
    release.check_out(tmp_path / "tree")
    assert (tmp_path / "tree" / "pyproject.toml").is_file()
    assert not (tmp_path / "tree" / "build").exists()
    assert not (tmp_path / "tree" / ".venv").exists()


def test_the_manifest_s_hashes_are_those_of_the_archive(built: Path) -> None:
    """By hashlib and zipfile alone."""
    document = json.loads((built / f"totpkey-{__version__}.manifest.json").read_text())
    with zipfile.ZipFile(built / f"totpkey-drive-{__version__}.zip") as archive:
        held = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
    listed = {name: each["sha256"] for name, each in document["files"].items()}
    assert held.keys() - listed.keys() == set(storage.FILES)
    assert {name: held[name] for name in listed} == listed


def test_it_is_a_release_that_the_command_takes(built: Path) -> None:
    """Whole, each file with its checksum, images and drive as the manifest says."""
    taken = signed_release.opened(built, [], unsigned=True)
    assert taken.version == __version__
    assert taken.files == layout.on_a_key(drive_files())
    for board in download.KNOWN:
        uf2 = built / f"totpkey-{board}-{__version__}.uf2"
        assert taken.image(board, keep_vault=False) == (board, uf2.read_bytes())


def test_the_manifest_is_signed_where_a_key_is_given(
    tmp_path: Path, interpreters: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(pem)
    monkeypatch.setenv("TOTPKEY_SIGNING_KEY", str(tmp_path / "key.pem"))
    release._manifest(tmp_path / "m.json", __version__, interpreters)
    key.public_key().verify((tmp_path / "m.json.sig").read_bytes(), (tmp_path / "m.json").read_bytes())
