"""Modules import only what is on a lower tier of docs/layers.toml, in no circle; and few hold a secret.

Readers and virtual keys are built and tested where nothing of the product is. The product uses their faces.
Imports are read from the modules' syntax trees.
"""

from __future__ import annotations

import ast
import graphlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

import build_page
import trips
from tests.support.judges import from_npm

ROOT = Path(__file__).resolve().parents[2]
#: The packages by their names in the table of rooms.
PACKAGES = {
    "protocol": ROOT / "firmware" / "lib" / "totpkey_protocol",
    "key": ROOT / "firmware" / "lib" / "totpkey_firmware",
    "volume": ROOT / "host" / "totpkey_volume",
    "readers": ROOT / "readers" / "src" / "totpkey_readers",
    "host": ROOT / "host" / "totpkey",
    "virtual": ROOT / "virtual" / "src" / "totpkey_virtual",
}


def read(packages: Mapping[str, Path] = PACKAGES) -> dict[str, frozenset[str]]:
    """Return each module's imports of modules in `packages`, including imports inside functions."""
    trees = {path.name: tree for tree, path in packages.items()}
    paths = {
        _name(path, package): path for package in packages.values() for path in sorted(package.rglob("*.py"))
    }
    imports = {
        module: frozenset(other for other in _imported(module, path, paths) if other != module)
        for module, path in paths.items()
    }
    return {
        _in_table(module, trees): frozenset(_in_table(other, trees) for other in imported)
        for module, imported in imports.items()
        # An `__init__.py` that only marks a folder as a package belongs to no room.
        if imported or paths[module].name != "__init__.py"
    }


def _name(path: Path, package: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _in_table(module: str, trees: Mapping[str, str]) -> str:
    package, *rest = module.split(".")
    return "/".join([trees[package], *rest])


def _imported(module: str, path: Path, known: Mapping[str, Path]) -> Iterator[str]:
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in _imports_in(path.read_text(encoding="utf-8")):
        for name in _names(node, package):
            found = name
            # The last component may be a name inside the module.
            if found not in known:
                found = found.rpartition(".")[0]
            if found in known:
                yield found


@lru_cache(maxsize=1024)
def _imports_in(source: str) -> tuple[ast.Import | ast.ImportFrom, ...]:
    nodes = ast.walk(ast.parse(source))
    return tuple(node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom))


def _names(node: ast.Import | ast.ImportFrom, package: str) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    parts = package.split(".")
    base = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
    whole = ".".join(filter(None, [base, node.module]))
    return [f"{whole}.{alias.name}" for alias in node.names]


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
    assert faults(read(), tiers()) == []


@pytest.mark.parametrize("program", ["hardware", "benchmarks"])
def test_no_imports_outside_the_product_go_in_a_circle(program: str) -> None:
    assert circles(read({program: ROOT / program})) == []


def test_one_line_of_the_core_knows_an_extension() -> None:
    named = [
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES.values()
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
    used = {house.room_of(module) for module in [*read(), *page_imports()]}
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
        for tree, path in PACKAGES.items()
    }
    tree, _, rest = module.partition("/")
    with (packages[tree] / f"{rest}.py").open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    found = faults(read(packages), tiers())
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
        for module, imported in read({"tests": TESTS}).items()
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


#: The houses, and the plugins of their tests.
HOUSES: dict[str, list[str]] = {"readers": [], "virtual": ["-p", "virtual.tests.fixtures"]}
#: Imports each of a package's modules but Windows' own, and nothing of the product.
_IMPORTED = """
import importlib, importlib.util, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
    if "windows" not in module.name:
        importlib.import_module(module.name)
print([name for name in ("totpkey", "totpkey_firmware", "tests") if importlib.util.find_spec(name)])
"""


def project(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


class Elsewhere:
    """An environment with a house's package as it is built, its tests, and others' packages."""

    def __init__(self, house: str, folder: Path) -> None:
        self._folder, installed = folder, folder / "installed"
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
        subprocess.run([*build, str(ROOT / house)], check=True)
        (wheel,) = folder.glob("*.whl")
        subprocess.run([*pip, "install", "--no-deps", "--target", str(installed), str(wheel)], check=True)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True)
        left_out = shutil.ignore_patterns("src", "__pycache__")
        shutil.copytree(ROOT / house, folder / "house" / house, ignore=left_out)
        # A folder of this variable brings no `.pth` files, by which this environment has the product.
        paths = (installed, folder / "house", sysconfig.get_path("purelib"))
        self._environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths))}

    def run(self, *words: str) -> str:
        python = self._folder / "venv" / "bin" / "python"
        ran = subprocess.run(
            [str(python), *words],
            cwd=self._folder / "house",
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert ran.returncode == 0, ran.stdout[-3000:]
        return ran.stdout


@pytest.mark.slow
@pytest.mark.parametrize("house", HOUSES)
def test_each_module_is_imported_where_nothing_of_the_product_is(house: str, tmp_path: Path) -> None:
    assert Elsewhere(house, tmp_path).run("-c", _IMPORTED, f"totpkey_{house}") == "[]\n"


@pytest.mark.slow
@pytest.mark.parametrize("house", HOUSES)
def test_its_own_tests_pass_there(house: str, tmp_path: Path) -> None:
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore", "-m", "not slow"]
    told = Elsewhere(house, tmp_path).run("-m", "pytest", *options, *HOUSES[house], house)
    passed = re.search(r"(\d+) passed", told)
    assert passed
    assert int(passed[1]) > 200, told


@pytest.mark.parametrize("house", HOUSES)
def test_the_product_uses_its_public_face_alone(house: str) -> None:
    face = set(
        re.findall(r"^\| `([\w.]+)` \|", (ROOT / house / "README.md").read_text("utf-8"), re.MULTILINE)
    )
    used = {
        other.removeprefix(f"{house}/").replace("/", ".")
        for module, imported in read().items()
        for other in imported
        if other.startswith(f"{house}/") and not module.startswith(f"{house}/")
    }
    assert used == face


@pytest.mark.parametrize("house", HOUSES)
def test_it_needs_what_the_product_and_its_developers_have(house: str) -> None:
    whole, own = project(ROOT), project(ROOT / house)["project"]
    known = {*whole["project"]["dependencies"], *whole["dependency-groups"]["dev"]}
    needed = {
        *own["dependencies"],
        *(each for extra in own.get("optional-dependencies", {}).values() for each in extra),
    }
    assert needed <= known
    assert PACKAGES[house].is_relative_to(ROOT / house)
