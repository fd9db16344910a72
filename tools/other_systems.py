"""Set up other systems in subfolders of build/ for the tests that run on them."""

from __future__ import annotations

import shutil
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class CannotSetUp(Exception):
    """The system cannot be set up; the message says what is missing and what to do."""


class OtherSystem:
    """A system in `folder`, set up by `make` with the target `target`."""

    def __init__(self, target: str, programs: tuple[str, ...], packages: str) -> None:
        """Describe a system that needs `programs`, which Debian's `packages` provide."""
        self.folder = ROOT / "build" / target
        self._target = target
        self._programs = programs
        self._packages = packages
        self._stamp = self.folder / "ready"

    def missing(self) -> str:
        """Return why the system cannot be used here, or an empty string if it can."""
        if why := self._missing_programs():
            return why
        return "" if self._stamp.is_file() else f"not set up: make {self._target}"

    def set_up(self, recipe: str, build: Callable[[], None]) -> Path:
        """Build the system if it is missing or was built from a different `recipe`. Return its folder.

        Raise CannotSetUp and whatever `build` raises.
        """
        self.require_programs()
        if not self._stamp.is_file() or self._stamp.read_text(encoding="utf-8") != recipe:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            build()
            self._stamp.write_text(recipe, encoding="utf-8")
        return self.folder

    def require_programs(self) -> None:
        """Raise CannotSetUp if a program is missing."""
        if why := self._missing_programs():
            raise CannotSetUp(why)

    def _missing_programs(self) -> str:
        lacking = [program for program in self._programs if not shutil.which(program)]
        return f"{', '.join(lacking)} not here (Debian: apt install {self._packages})" if lacking else ""


def source_folders(tree: Path = ROOT) -> list[Path]:
    """Return the folders in which Python finds the packages of a tree."""
    project = tomllib.loads((tree / "pyproject.toml").read_text(encoding="utf-8"))
    return [tree / folder for folder in project["tool"]["hatch"]["build"]["dev-mode-dirs"]]


def main(set_up: Callable[[], Path]) -> int:
    """Set up a system and print its path. Return 0 on success."""
    try:
        print(set_up())
    except CannotSetUp as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0
