"""The wheel has everything that it needs, installed on its own. `test_packages` has a key set up by it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.install.boards import interpreter
from tests.support.port import LIMIT

ROOT = Path(__file__).resolve().parents[2]


def _image_is_the_trees(environment: dict[str, str], folder: Path) -> None:
    """What the installed command puts onto a board is what this tree does: pip has added to its files."""
    (folder / "circuitpython.uf2").write_bytes(interpreter())
    assert list(folder.rglob("installed/totpkey/data/drive/**/*.pyc"))
    made = []
    for name, where in (("installed", environment), ("tree", dict(os.environ))):
        command = [
            sys.executable,
            "-m",
            "totpkey",
            "image",
            "--circuitpython",
            "circuitpython.uf2",
            "-o",
            f"{name}.uf2",
        ]
        subprocess.run(command, env=where, check=True, capture_output=True, cwd=folder)
        made.append((folder / f"{name}.uf2").read_bytes())
    assert made[0] == made[1]


def _has_no_chip(environment: dict[str, str], folder: Path) -> None:
    """A seller never needs the emulated chip. Who asks for it learns where it is."""
    assert not (folder / "installed" / "totpkey_virtual" / "chip").exists()
    asked = subprocess.run(
        [sys.executable, "-m", "totpkey", "simulate", "--chip", "circuitpython.uf2"],
        env=environment,
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=LIMIT,
        check=False,
    )
    assert asked.returncode == 1
    assert "make setup" in asked.stderr
    assert "Traceback" not in asked.stderr


@pytest.mark.slow
def test_the_installed_wheel_has_drive_sites_and_languages(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(pip + build, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    subprocess.run([*pip, "install", "--no-deps", "--target", str(installed), str(wheel)], check=True)
    environment = os.environ | {"PYTHONPATH": str(installed)}
    _image_is_the_trees(environment, tmp_path)
    _has_no_chip(environment, tmp_path)
    where = "from totpkey.install.drive import drive_folder; print(drive_folder())"
    found = subprocess.run(
        [sys.executable, "-c", where],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert Path(found.stdout.strip()).is_relative_to(installed)
    sites = subprocess.run(
        [sys.executable, "-m", "totpkey", "enroll", "--list"],
        env=environment | {"LANGUAGE": "zh_CN", "PYTHONUTF8": "1"},
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=tmp_path,
    )
    assert "亚马逊卖家平台" in sites.stdout
