"""A key's drive: what is built for it, that it behaves as its sources say, and that it fits (mtools).

What is copied by hand fits the smallest drive. The build shortens private names and inlines constants, so
that a key has room for its modules. The compiled code does what its source says: CPython runs both.
"""

from __future__ import annotations

import ast
import base64
import csv
import hashlib
import importlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from adafruit_hid.keycode import Keycode
from hypothesis import given
from hypothesis import strategies as st

import build_drive
import release
from fetch_libraries import fetch_libraries
from firmware_names import constants_of, inline, short_names, shorten
from totpkey.install.drive import drive_folder
from totpkey_protocol import slots, storage
from totpkey_virtual.chip.images import images
from totpkey_volume.circuitpython import SECTOR


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "boot_out.txt"
    }


@pytest.mark.slow
def test_building_it_again_gives_the_same_bytes(tmp_path: Path) -> None:
    assert contents(build_drive.build(tmp_path / "drive")) == contents(drive_folder())


@pytest.mark.slow
def test_building_what_is_there_already_touches_nothing(tmp_path: Path) -> None:
    """Another process may read the drive at that moment."""
    drive = build_drive.build(tmp_path / "drive")
    before = {path: path.stat().st_ino for path in drive.rglob("*")}
    build_drive.build(drive)
    assert {path: path.stat().st_ino for path in drive.rglob("*")} == before
    (drive / "boot.py").write_text("another", encoding="utf-8")
    assert contents(build_drive.build(drive)) == contents(drive_folder())
    assert list(tmp_path.iterdir()) == [drive]


def test_each_compiled_module_has_its_source_beside_it_and_the_other_way_round() -> None:
    drive = drive_folder()
    compiled = {path.relative_to(drive / "lib").with_suffix("") for path in (drive / "lib").rglob("*.*")}
    sources = {path.relative_to(drive / "source").with_suffix("") for path in (drive / "source").rglob("*.*")}
    # Of packages and constants, which are inlined, nothing is left: a file of them would take a cluster.
    assert compiled | {Path("start")} < sources
    names = {"__init__", "journal", "lending", "limits", "storage", "words"}
    assert {path.name for path in sources - compiled} == names | {"start"}
    assert len(compiled) > 40
    for path in drive.rglob("*.mpy"):
        assert path.read_bytes().startswith(b"C\x06")


def test_the_library_on_the_key_is_as_it_was_published_and_has_its_licence() -> None:
    """Judged by the checksums that its wheel records."""
    drive, (record,) = drive_folder(), fetch_libraries().glob("adafruit_circuitpython_hid-*/RECORD")
    rows = csv.reader(record.read_text(encoding="utf-8").splitlines())
    recorded = {Path(name): digest for name, digest, _ in rows}
    files = {path.relative_to(drive / "source"): path for path in drive.glob("source/adafruit_hid/*")}
    assert set(map(str, files)) >= {"adafruit_hid/__init__.py", "adafruit_hid/keyboard.py"}
    (licence,) = (name for name in recorded if name.name == "LICENSE")
    for name, path in (files | {licence: drive / "lib" / "adafruit_hid" / "LICENSE"}).items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest())
        assert recorded[name] == "sha256=" + digest.decode().rstrip("=")


def test_fewer_keycodes_are_the_same_ones() -> None:
    source = (drive_folder() / "source" / "adafruit_hid" / "keycode.py").read_text(encoding="utf-8")
    fewer: dict[str, Any] = {}
    exec(build_drive.with_names(source, {"SPACE", "KEYPAD_NUMLOCK"}), fewer)  # noqa: S102
    names = {name for name in vars(fewer["Keycode"]) if name.isupper()}
    assert names == {"SPACE", "SPACEBAR", "KEYPAD_NUMLOCK", "LEFT_CONTROL", "RIGHT_GUI"}
    assert all(getattr(fewer["Keycode"], name) == getattr(Keycode, name) for name in names)
    assert fewer["Keycode"].modifier_bit(Keycode.LEFT_SHIFT) == 2
    with pytest.raises(ValueError, match="NO_SUCH_KEY"):
        build_drive.with_names(source, {"NO_SUCH_KEY"})


def test_it_fits_on_the_smallest_board_beside_room_to_update() -> None:
    """What an update has to replace fits a slot, of which a drive of 1 MB holds two beside the vault."""
    modules = [content for name, content in contents(drive_folder()).items() if name.startswith("lib/")]
    # Each file fills whole clusters of 512 bytes.
    assert sum(-(-len(content) // 512) * 512 for content in modules) < slots.SIZE - 16_384
    assert 2 * slots.SIZE + storage.SIZE < 1 << 20


@pytest.mark.parametrize("behind", range(0, SECTOR, 512))
def test_no_place_of_the_vault_shares_an_erase_sector_wherever_the_file_begins(behind: int) -> None:
    """Neither with another place nor with what lies before or behind the file."""
    places = [behind + at for at in range(storage.START, storage.SIZE, storage.STRIDE)]
    assert len(places) == storage.PAGES
    ends = [place + storage.PAGE - 1 for place in places]
    sectors = [range(first // SECTOR, last // SECTOR + 1) for first, last in zip(places, ends, strict=True)]
    assert len(set().union(*sectors)) == sum(map(len, sectors))
    assert sectors[0].start * SECTOR >= behind
    assert sectors[-1].stop * SECTOR <= behind + storage.SIZE


def test_a_module_that_does_not_compile_stops_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "lib"
    library.mkdir()
    (library / "wrong.py").write_text("def (:\n", encoding="utf-8")
    monkeypatch.setattr(build_drive, "FIRMWARE", tmp_path)
    with pytest.raises(subprocess.CalledProcessError):
        build_drive.compile_module(library / "wrong.py", tmp_path / "wrong.mpy")


#: The drive of a board with 2 MB of flash, as `storage.erase_filesystem` makes it: sectors of 512 bytes, one
#: to a cluster, one FAT of 12 bits, 512 entries in the root.
SECTORS = 2048
FORMAT = ("-T", str(SECTORS), "-h", "1", "-s", "1", "-c", "1", "-d", "1", "-r", "32", "-L", "6")

needs_mtools = pytest.mark.skipif(not shutil.which("mcopy"), reason="mtools is not installed")


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    path = tmp_path / "volume.img"
    path.write_bytes(bytes(SECTORS * 512))
    mtools(path, "mformat", *FORMAT, "::")
    return path


def mtools(volume: Path, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One of mtools' commands on the volume."""
    return subprocess.run(
        [command, "-i", str(volume), *arguments],
        env={**os.environ, "MTOOLS_SKIP_CHECK": "1"},
        capture_output=True,
        text=True,
        check=command != "mcopy",
    )


def copied(volume: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Copy all that is in a folder, as a person does who selects it all."""
    return mtools(volume, "mcopy", "-s", "-Q", *map(str, sorted(folder.iterdir())), "::")


@needs_mtools
def test_what_is_copied_by_hand_fits_and_arrives(volume: Path, tmp_path: Path) -> None:
    folder = build_drive.build_copy(tmp_path / "circuitpy")
    done = copied(volume, folder)
    assert done.returncode == 0, done.stderr
    (back := tmp_path / "back").mkdir()
    assert mtools(volume, "mcopy", "-s", "-n", "::*", str(back)).returncode == 0
    assert build_drive._contents(back) == build_drive._contents(folder)
    assert {"boot.py", "code.py", "lib", "vault"} <= {path.name for path in folder.iterdir()}


@needs_mtools
def test_the_archive_of_a_release_fits_too(volume: Path, tmp_path: Path) -> None:
    release._archive(tmp_path / "drive.zip", release._drive())
    zipfile.ZipFile(tmp_path / "drive.zip").extractall(tmp_path / "unpacked")
    done = copied(volume, tmp_path / "unpacked")
    assert done.returncode == 0, done.stderr


@needs_mtools
def test_the_judge_says_what_does_not_fit(volume: Path) -> None:
    """The folder with the sources, of which people were told that it is a drive's content."""
    assert "Disk full" in copied(volume, drive_folder()).stderr


BASE = """
class Base:
    def __init__(self):
        self._value = 1
        self.public = self._compute(2)

    def _compute(self, number):
        return self._value + number
"""
DERIVED = """
from short_base import Base

_count = 0

class Derived(Base):
    def again(self):
        global _count
        _count += 1
        self._more = 3
        return self._compute(self._more) + self.__class__._shared

    _shared = 4
"""
OTHER = """
class _Hidden:
    def __init__(self, outside):
        self._pieces = outside._theirs
"""
#: The tables of names have room for 10 + 20 + 40 + … + 640. The next one would take 8 kB.
MOST_NAMES = 1270
#: Names that are made while the key runs, such as single characters of a text.
SPARE_NAMES = 150


def shortened(**sources: str) -> dict[str, str]:
    names = short_names(sources)
    return {module: shorten(source, names[module]) for module, source in sources.items()}


def private_names(source: str) -> set[str]:
    nodes = list(ast.walk(ast.parse(source)))
    names = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    names |= {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    return {name for name in names if name.startswith("_") and not name.startswith("__")}


def test_a_class_and_the_one_that_it_comes_from_agree_on_their_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = shortened(short_base=BASE, short_derived=DERIVED)
    for module, source in sources.items():
        assert not private_names(source) & private_names(BASE + DERIVED)
        (tmp_path / f"{module}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    one = importlib.import_module("short_derived").Derived()
    assert one.public == 3
    assert [one.again(), one.again()] == [8, 8]


def test_modules_that_have_nothing_in_common_share_names() -> None:
    sources = shortened(base=BASE, other=OTHER)
    assert private_names(sources["base"]) & private_names(sources["other"])


def test_a_name_that_another_defines_stays() -> None:
    (source,) = shortened(other=OTHER).values()
    assert "outside._theirs" in source


def test_a_short_name_is_none_that_the_module_uses_already() -> None:
    (source,) = shortened(one="class A:\n    def _long(self, other):\n        return other._a\n").values()
    assert private_names(source) == {"_a", "_b"}


def test_a_parameter_keeps_its_name_where_that_means_something_else() -> None:
    callee = "def f(place, length, page):\n def g(place): return place, self.place\n return g(place), length"
    (source, other) = shortened(callee=callee + "\npage = 1", caller="f(1, length=2)").values()
    tree = ast.parse(source).body[0]
    assert isinstance(tree, ast.FunctionDef)
    first, *others = [argument.arg for argument in tree.args.args]
    assert first != "place"
    assert others == ["length", "page"]
    assert f"def g({first})" in source
    assert "self.place" in source
    assert other == "f(1, length=2)"


@pytest.mark.chip
def test_the_key_has_room_for_the_names_of_all_its_modules() -> None:
    image = images()[0].read_bytes()
    # A block of UF2 has 512 bytes, of which 256 are the image's.
    flash = b"".join(image[at + 32 : at + 288] for at in range(0, len(image), 512))
    modules = (drive_folder() / "lib").rglob("*.mpy")
    names = set().union(*(names_in(module.read_bytes()) for module in modules))
    own = {name for name in names if b"\0" + name + b"\0" not in flash}
    assert 500 < len(own) <= MOST_NAMES - SPARE_NAMES


def names_in(module: bytes) -> set[bytes]:
    """Return the names in a compiled module but for those that every CircuitPython has."""
    count, at = number_at(module, 4)
    _, at = number_at(module, at)
    names = set()
    for _ in range(count):
        size, at = number_at(module, at)
        if not size & 1:
            names.add(module[at : at + size // 2])
            at += size // 2 + 1
    return names


def number_at(module: bytes, at: int) -> tuple[int, int]:
    """Return a number of seven bits in each byte, and where it ends."""
    number = 0
    while True:
        number = number << 7 | module[at] & 0x7F
        at += 1
        if not module[at - 1] & 0x80:
            return number, at


LIB = Path(__file__).resolve().parents[2] / "firmware" / "lib"

UNITS = """
MS = 1
SECOND = 1000 * MS
NAMES = ("a", "b")
LEAST, MOST = 1, 4 * SECOND
OFF, ON = range(2)
WORDS = {"a": SECOND}
"""
USER = """
from typing import Any

from pack import units
from pack.units import NAMES, SECOND as S
from pack.units import WORDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pack.nowhere import Nothing

_WAIT = 3 * S

def told(x: "Any"):
    from pack.units import ON
    return _WAIT, units.MOST, NAMES[x], NAMES, ON, WORDS["a"], units.WORDS
"""
SOURCES = {"pack": "", "pack.units": UNITS, "pack.user": USER}


def test_values_stand_in_the_place_of_names_and_the_names_are_gone() -> None:
    constants = constants_of(SOURCES)
    compiled = inline("pack.user", USER, constants)
    left = {node.id for node in ast.walk(ast.parse(compiled)) if isinstance(node, ast.Name)}
    assert not left & {"S", "_WAIT", "NAMES", "ON", "TYPE_CHECKING"}
    assert "nowhere" not in compiled
    assert "3000" in compiled
    assert ast.unparse(ast.parse(inline("pack.units", UNITS, constants))) == "WORDS = {'a': 1000}"


def test_it_does_the_same(tmp_path: Path) -> None:
    results: list[bytes] = []
    for user in (USER, inline("pack.user", USER, constants_of(SOURCES))):
        package = tmp_path / str(len(results)) / "pack"
        package.mkdir(parents=True)
        for module, source in (SOURCES | {"pack.user": user}).items():
            name = module.partition(".")[2] or "__init__"
            (package / f"{name}.py").write_text(source, encoding="utf-8")
        ask = "from pack.user import told; print(told(0), told(1))"
        command = [sys.executable, "-c", ask]
        results.append(subprocess.run(command, cwd=package.parent, capture_output=True, check=True).stdout)
    assert results[0] == results[1]
    assert results[0].startswith(b"(3000, 4000, 'a', ('a', 'b'), 1, 1000, {'a': 1000})")


def test_what_is_loaded_for_its_own_sake_stays_loaded() -> None:
    source = "from pack import units  # noqa: F401\nfrom pack.units import MS\n\ndef one(): return MS\n"
    compiled = inline("pack.other", source, constants_of(SOURCES | {"pack.other": source}))
    assert "from pack import units" in compiled
    assert "MS" not in compiled


@pytest.mark.parametrize("again", ["MS = 2", "def f():\n    MS = 2", "for MS in (1, 2): pass", "MS += 1"])
def test_what_is_assigned_to_twice_stops_the_build(again: str) -> None:
    with pytest.raises(ValueError, match="MS"):
        constants_of({"units": f"MS = 1\n{again}\n"})


def sums(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["+", "-", "*", "|", "^", "&"])
    return st.builds("({} {} {})".format, inner, operators, inner)


@given(st.recursive(st.integers(0, 9).map(str), sums))
def test_sums_come_out_as_python_has_them(expression: str) -> None:
    found = constants_of({"m": f"FIRST = {expression}\nSECOND = FIRST + 1\n"})
    assert found["m"] == {"FIRST": eval(expression), "SECOND": eval(expression) + 1}  # noqa: S307


def test_every_constant_of_the_firmware_has_the_value_that_python_gives_it() -> None:
    """For the modules that both sides share, which CPython can load by themselves."""
    names = [path.stem for path in (LIB / "totpkey_protocol").glob("*.py") if path.stem != "__init__"]
    sources = {
        f"totpkey_protocol.{name}": (LIB / "totpkey_protocol" / f"{name}.py").read_text() for name in names
    }
    constants = constants_of(sources | {"totpkey_protocol": ""})
    assert sum(map(len, constants.values())) > 100
    for module, values in constants.items():
        loaded = importlib.import_module(module)
        assert values == {name: getattr(loaded, name) for name in values}
