"""The npm packages that build the set-up page and, in a separate set, those that check it.

    python tools/page_packages.py [--write]     (check format and lint of its sources, or reformat them)

Lock files in the source tree pin them. npm installs them into the build folder. Without npm nothing is
checked, which one line says.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "page"


class CannotBuild(Exception):
    """The page cannot be built or checked here; the message gives the reason and a remedy."""


class Failed(Exception):
    """A package's program found an error; the message is its output."""


@dataclass(frozen=True)
class Packages:
    """A set of packages pinned by `pinned`/package-lock.json and installed in `folder`."""

    pinned: Path
    folder: Path

    @property
    def modules(self) -> Path:
        """The folder that contains one folder for each package."""
        return self.folder / "node_modules"

    def install(self) -> None:
        """Install the packages with npm if necessary. Raise CannotBuild."""
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
        """Run a package's program in `folder` with `text` as its input, and return its output.

        Raise CannotBuild if the packages cannot be installed, and Failed if the program fails.
        """
        self.install()
        return _run([str(self.modules / ".bin" / program), *arguments], folder, text)


#: The packages in the page and those that build it.
BUILD = Packages(PAGE, ROOT / "build" / "page" / "npm")
#: The packages that check the page's sources.
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


def main(arguments: list[str]) -> int:
    """Return 1 if something must be corrected by hand."""
    write = ["--write"] if arguments == ["--write"] else []
    try:
        print(CHECKS.run("biome", ["check", "--error-on-warnings", *write, "."], PAGE).strip())
    except Failed as problem:
        print(problem)
        return 1
    except CannotBuild:
        print("The set-up page is not checked: that needs npm, which comes with Node.js 20 or later.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
