"""Readers and virtual keys are built and tested where nothing of the product is, which uses their faces."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.house.python_imports import PACKAGES, ROOT, read

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
