"""Modules import only what is on a lower tier of docs/layers.toml, in no circle; and few hold a secret."""

from __future__ import annotations

import graphlib
import re
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

import build_page
import trips
from tests.house import python_imports
from tests.support.judges import from_npm

TABLE = Path(__file__).resolve().parents[2] / "docs" / "layers.toml"

#: The imports of each module. Names are `tree/folder/module`, without a suffix.
Imports = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class House:
    """The table: in each tower the rooms with their tiers, and the rooms whose modules stay apart."""

    towers: Mapping[str, Mapping[str, int]]
    apart: frozenset[str]

    @property
    def rooms(self) -> frozenset[str]:
        """The rooms of all towers."""
        return frozenset(room for tower in self.towers.values() for room in tower)

    def room_of(self, module: str) -> str:
        """Return the room whose name is the longest prefix of the module's, or ""."""
        name, rooms = module, self.rooms
        while name and name not in rooms:
            name = name.rpartition("/")[0]
        return name

    def allows(self, room: str, other: str) -> bool:
        """Whether modules of `room` may import modules of `other`."""
        if room == other:
            return room not in self.apart
        return any(
            tower[other] < tower[room] for tower in self.towers.values() if room in tower and other in tower
        )


def tiers(path: Path = TABLE) -> House:
    """Return the table. Raise ValueError if a tower has a room twice."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return House(
        {name: _numbered(name, tiers) for name, tiers in table["towers"].items()}, frozenset(table["apart"])
    )


def _numbered(tower: str, tiers: list[list[str]]) -> dict[str, int]:
    found = {room: number for number, tier in enumerate(tiers) for room in tier}
    if len(found) != sum(map(len, tiers)):
        raise ValueError(f"a room stands twice in {tower}")
    return found


def faults(imports: Imports, house: House) -> list[str]:
    """Return the violations of the table, one on a line."""
    return [fault for module in sorted(imports) for fault in _faults_of(module, imports[module], house)] + (
        circles(imports)
    )


def _faults_of(module: str, imported: frozenset[str], house: House) -> Iterator[str]:
    room = house.room_of(module)
    if not room:
        yield f"{module} is in no room"
        return
    for other in sorted(imported):
        if not house.allows(room, house.room_of(other)):
            yield f"{module} imports {other}"


def circles(graph: Imports) -> list[str]:
    """Return one import cycle, if there is any."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return ["a circle: " + " > ".join(reversed(error.args[1]))]
    return []


PAGE = build_page.PAGE


@from_npm
def page_imports(page: Path = PAGE) -> dict[str, frozenset[str]]:
    """Return each module's imports as the page's bundler sees them."""
    found = build_page.imports(page)
    return {_of_page(module): frozenset(map(_of_page, imported)) for module, imported in found.items()}


def _of_page(path: str) -> str:
    return "page/" + path.removesuffix(".js")


def test_modules_import_only_from_lower_tiers() -> None:
    assert faults(python_imports.read(), tiers()) == []


@pytest.mark.parametrize("program", ["hardware", "benchmarks"])
def test_no_imports_outside_the_product_go_in_a_circle(program: str) -> None:
    assert circles(python_imports.read({program: python_imports.ROOT / program})) == []


def test_one_line_of_the_core_knows_an_extension() -> None:
    named = [
        path.relative_to(python_imports.ROOT).as_posix()
        for package in python_imports.PACKAGES.values()
        for path in sorted(package.rglob("*.py"))
        if re.search(r"\b(?:import|from) totpkey_(?:board_test|test_face)\b", path.read_text("utf-8"))
    ]
    assert named == ["firmware/lib/totpkey_firmware/loop.py"]


def test_modules_of_the_page_import_only_from_lower_tiers() -> None:
    found = page_imports()
    assert faults(found, tiers()) == []
    assert set(found) == {
        _of_page(path.relative_to(PAGE / "src").as_posix()) for path in (PAGE / "src").rglob("*.js")
    }, "every module of the page is part of it"


def test_every_room_has_modules() -> None:
    house = tiers()
    used = {house.room_of(module) for module in [*python_imports.read(), *page_imports()]}
    assert used == house.rooms
    assert house.apart <= house.rooms


def test_a_room_stands_once_in_a_tower(tmp_path: Path) -> None:
    table = tmp_path / "layers.toml"
    table.write_text('apart = []\n[towers]\nkey = [["key/a"], ["key/b", "key/a"]]\n', encoding="utf-8")
    with pytest.raises(ValueError, match="twice in key"):
        tiers(table)


@pytest.mark.parametrize(
    ("module", "line", "fault"),
    [
        ("host/accounts/base32", "import totpkey.cli.output", "host/accounts/base32 imports host/cli/output"),
        (
            "host/cli/commands/add",
            "def later() -> None:\n    from totpkey.cli.commands import list",
            "host/cli/commands/add imports host/cli/commands/list",
        ),
        ("key/store/pool", "from ..crypto import siv", "key/store/pool imports key/crypto/siv"),
        (
            "key/keyboard/typist",
            "from totpkey.keyboard import layouts",
            "key/keyboard/typist imports host/keyboard/layouts",
        ),
        (
            "host/link/wire",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .client import KeyClient",
            "a circle: host/link/",
        ),
        ("host/stray", "", "host/stray is in no room"),
    ],
)
def test_an_import_that_is_not_allowed_is_found(module: str, line: str, fault: str, tmp_path: Path) -> None:
    packages = {
        tree: Path(shutil.copytree(path, tmp_path / path.name, ignore=shutil.ignore_patterns("*.pyc")))
        for tree, path in python_imports.PACKAGES.items()
    }
    tree, _, rest = module.partition("/")
    with (packages[tree] / f"{rest}.py").open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    found = faults(python_imports.read(packages), tiers())
    assert any(each.startswith(fault) for each in found)


@pytest.mark.parametrize(
    ("module", "line", "fault"),
    [
        ("screens/home.js", 'import "./add.js";', "page/screens/home imports page/screens/add"),
        ("rules/bytes.js", 'import "./plan.js";', "a circle: page/rules/"),
    ],
)
def test_the_same_on_the_page(module: str, line: str, fault: str, tmp_path: Path) -> None:
    page = tmp_path / "page"
    shutil.copytree(PAGE, page)
    path = page / "src" / module
    path.write_text(f"{path.read_text(encoding='utf-8')}{line}\n", encoding="utf-8")
    assert any(found.startswith(fault) for found in faults(page_imports(page), tiers()))


TESTS = Path(__file__).resolve().parents[1]
#: It runs the commands' own tests again, under Windows.
_AGAIN = "tests/windows/test_commands"


def test_no_test_imports_from_the_file_of_another() -> None:
    borrowed = [
        f"{module} imports {other}"
        for module, imported in python_imports.read({"tests": TESTS}).items()
        for other in imported
        if other.rpartition("/")[2].startswith("test_") and module != _AGAIN
    ]
    assert borrowed == []


@pytest.mark.slow
@pytest.mark.usefixtures("usual_flash")
def test_a_press_and_an_add_keep_to_few_modules() -> None:
    added, pressed, _ = trips.trace()
    assert "keyboard.presses" in pressed.modules
    assert len(pressed.modules) <= 11, sorted(pressed.modules)
    # What decrypts and what computes the code has the secret, whatever else has it.
    assert {"vault.records", "otp"} <= added.holders
    assert len(added.holders) <= 13, sorted(added.holders)
