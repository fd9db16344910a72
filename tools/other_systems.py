"""What the tools share that set another system up in a folder of build/, for the tests that run there."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class CannotSetUp(Exception):
    """What is missing, and what to do."""


class OtherSystem:
    """A system that `make` sets up in `folder`; `target` is make's word for it."""

    def __init__(self, target: str, programs: tuple[str, ...], packages: str) -> None:
        """`programs` are needed, and come with Debian's `packages`."""
        self.folder = ROOT / "build" / target
        self._target = target
        self._programs = programs
        self._packages = packages
        self._stamp = self.folder / "ready"

    def missing(self) -> str:
        """Why it cannot be used here; empty if it can."""
        if why := self._lacking():
            return why
        return "" if self._stamp.is_file() else f"not set up: make {self._target}"

    def set_up(self, recipe: str, build: Callable[[], None]) -> Path:
        """Have it built by `recipe`, unless it is. Gives its folder.

        Raises CannotSetUp, and what `build` raises.
        """
        if why := self._lacking():
            raise CannotSetUp(why)
        if not self._stamp.is_file() or self._stamp.read_text(encoding="utf-8") != recipe:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            build()
            self._stamp.write_text(recipe, encoding="utf-8")
        return self.folder

    def _lacking(self) -> str:
        lacking = [program for program in self._programs if not shutil.which(program)]
        return f"{', '.join(lacking)} not here (Debian: apt install {self._packages})" if lacking else ""


def main(set_up: Callable[[], Path]) -> int:
    """Set a system up and print where; 0 if it is there."""
    try:
        print(set_up())
    except CannotSetUp as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0
