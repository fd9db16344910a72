"""The npm packages behind the set-up page: what makes it, and, apart from that, what checks it.

Lock files in the source tree pin them. npm puts them into the build folder.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "page"


class CannotBuild(Exception):
    """The page cannot be built or checked here: why, and what to do."""


class Failed(Exception):
    """A package's program ran and found something wrong: what it said."""


@dataclass(frozen=True)
class Packages:
    """Those that `pinned`/package-lock.json pins, to be installed in `folder`."""

    pinned: Path
    folder: Path

    @property
    def modules(self) -> Path:
        """A folder for each package."""
        return self.folder / "node_modules"

    def install(self) -> None:
        """Have npm install them, unless it has. Raises CannotBuild."""
        lock = (self.pinned / "package-lock.json").read_bytes()
        stamp = self.folder / "installed"
        if stamp.exists() and stamp.read_bytes() == lock:
            return
        npm = shutil.which("npm")
        if not npm:
            raise CannotBuild(
                "The set-up page is not built: it needs npm, which comes with Node.js 20 or later."
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(self.pinned / name, self.folder / name)
        try:
            _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], self.folder)
        except Failed as problem:
            reason = next(iter(str(problem).splitlines()), "npm failed")
            raise CannotBuild(
                f"The set-up page is not built: npm cannot install its packages: {reason}"
            ) from None
        stamp.write_bytes(lock)

    def run(self, program: str, arguments: Sequence[str], folder: Path, text: str = "") -> str:
        """What the program of a package prints, run in `folder` with `text` as its input.

        Raises CannotBuild where the packages cannot be had, Failed where the program fails.
        """
        self.install()
        return _run([str(self.modules / ".bin" / program), *arguments], folder, text)


#: What the page is made of and with.
BUILD = Packages(PAGE, ROOT / "build" / "page" / "npm")
#: What checks it.
CHECKS = Packages(PAGE / "checks", ROOT / "build" / "page" / "checks")


def _run(command: Sequence[str], folder: Path, text: str = "") -> str:
    try:
        done = subprocess.run(
            command, cwd=folder, input=text, capture_output=True, encoding="utf-8", check=False
        )
    except OSError as problem:
        raise CannotBuild(f"The set-up page is not built: {problem.strerror}.") from None
    if done.returncode:
        raise Failed((done.stderr + done.stdout).strip())
    return done.stdout
