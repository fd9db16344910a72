"""Modules import only what is on a lower tier of docs/layers.toml, and there are no import cycles."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import build_page
from tests.house import python_imports, rooms
from tests.support.judges import from_npm

PAGE = build_page.PAGE


@from_npm
def page_imports(page: Path = PAGE) -> dict[str, frozenset[str]]:
    """Return each module's imports as the page's bundler sees them."""
    found = build_page.imports(page)
    return {_of_page(module): frozenset(map(_of_page, imported)) for module, imported in found.items()}


def _of_page(path: str) -> str:
    return "page/" + path.removesuffix(".js")


def test_modules_import_only_from_lower_tiers() -> None:
    assert rooms.faults(python_imports.read(), rooms.read()) == []


@pytest.mark.parametrize("program", ["hardware", "benchmarks"])
def test_no_imports_outside_the_product_go_in_a_circle(program: str) -> None:
    assert rooms.circles(python_imports.read({program: python_imports.ROOT / program})) == []


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
    assert rooms.faults(found, rooms.read()) == []
    assert set(found) == {
        _of_page(path.relative_to(PAGE / "src").as_posix()) for path in (PAGE / "src").rglob("*.js")
    }, "every module of the page is part of it"


def test_every_room_has_modules() -> None:
    house = rooms.read()
    used = {house.room_of(module) for module in [*python_imports.read(), *page_imports()]}
    assert used == house.rooms
    assert house.apart <= house.rooms


def test_a_room_stands_once_in_a_tower(tmp_path: Path) -> None:
    table = tmp_path / "layers.toml"
    table.write_text('apart = []\n[towers]\nkey = [["key/a"], ["key/b", "key/a"]]\n', encoding="utf-8")
    with pytest.raises(ValueError, match="twice in key"):
        rooms.read(table)


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
    found = rooms.faults(python_imports.read(packages), rooms.read())
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
    assert any(found.startswith(fault) for found in rooms.faults(page_imports(page), rooms.read()))
