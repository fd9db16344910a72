"""Which module of the page imports which: by the layers of page/layers.toml, and never in a circle."""

from __future__ import annotations

import graphlib
import shutil
import tomllib
from pathlib import Path

import pytest

import build_page


def imports(page: Path = build_page.PAGE) -> dict[str, list[str]]:
    """By the bundler's own reading of the sources."""
    try:
        return build_page.imports(page)
    except build_page.CannotBuild as problem:
        pytest.skip(str(problem))


def layer(module: str) -> str:
    return module.partition("/")[0].removesuffix(".js")


def faults(found: dict[str, list[str]]) -> list[str]:
    """Imports that the layers do not allow, and circles."""
    layers = tomllib.loads((build_page.PAGE / "layers.toml").read_text(encoding="utf-8"))
    wrong = []
    for module, imported in found.items():
        allowed = [*layers[layer(module)], *([] if layer(module) == "screens" else [layer(module)])]
        wrong += [f"{module} imports {other}" for other in imported if layer(other) not in allowed]
    try:
        graphlib.TopologicalSorter(found).prepare()
    except graphlib.CycleError as error:
        wrong.append("a circle: " + ", ".join(error.args[1]))
    return wrong


def test_every_import_goes_down_and_none_in_a_circle() -> None:
    found = imports()
    assert faults(found) == []
    assert set(found) == {
        path.relative_to(build_page.PAGE / "src").as_posix()
        for path in (build_page.PAGE / "src").rglob("*.js")
    }


@pytest.mark.parametrize(
    ("module", "line", "fault"),
    [
        ("screens/home.js", 'import "./add.js";', "screens/home.js imports screens/add.js"),
        ("rules/codes.js", 'import "../link/key.js";', "rules/codes.js imports link/key.js"),
        ("ui/state.js", 'import "../parts/qr_input.js";', "ui/state.js imports parts/qr_input.js"),
        ("rules/bytes.js", 'import "./plan.js";', "a circle: rules/"),
    ],
)
def test_an_import_that_is_not_allowed_is_found(module: str, line: str, fault: str, tmp_path: Path) -> None:
    page = tmp_path / "page"
    shutil.copytree(build_page.PAGE, page)
    path = page / "src" / module
    path.write_text(f"{path.read_text(encoding='utf-8')}{line}\n", encoding="utf-8")
    assert any(found.startswith(fault) for found in faults(imports(page)))
