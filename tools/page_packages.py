"""The npm packages behind the set-up page: what it inlines, what bundles it, and what checks it.

`page/package-lock.json` pins them. npm puts them into the build folder, not into the source tree.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "page"
#: Where npm installs the packages.
PACKAGES = ROOT / "build" / "page" / "npm"


class CannotBuild(Exception):
    """The page cannot be built or checked here: why, and what to do."""


class Failed(Exception):
    """A package's program ran and found something wrong: what it said."""


def install() -> None:
    """Have npm install what the lock file pins, unless it has. Raises CannotBuild."""
    lock = (PAGE / "package-lock.json").read_bytes()
    stamp = PACKAGES / "installed"
    if stamp.exists() and stamp.read_bytes() == lock:
        return
    npm = shutil.which("npm")
    if not npm:
        raise CannotBuild("The set-up page is not built: it needs npm, which comes with Node.js 20 or later.")
    PACKAGES.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PAGE / name, PACKAGES / name)
    try:
        _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], PACKAGES)
    except Failed as problem:
        reason = next(iter(str(problem).splitlines()), "npm failed")
        raise CannotBuild(
            f"The set-up page is not built: npm cannot install its packages: {reason}"
        ) from None
    stamp.write_bytes(lock)


def run(name: str, arguments: Sequence[str], folder: Path, text: str = "") -> str:
    """What the program `name` of a package prints, run in `folder` with `text` as its input.

    Raises CannotBuild where the packages cannot be had, Failed where the program fails.
    """
    install()
    return _run([str(PACKAGES / "node_modules" / ".bin" / name), *arguments], folder, text)


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
