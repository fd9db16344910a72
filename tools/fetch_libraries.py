"""Download the pinned wheels that the build needs, such as the key's libraries."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "firmware" / "libraries.txt"
LIBRARIES = ROOT / "build" / "libraries"


class CannotFetch(Exception):
    """The libraries cannot be downloaded here; the message gives the reason and a remedy."""


def fetch_libraries(pins: Path = PINS, target: Path = LIBRARIES) -> Path:
    """Return the folder of the packages, downloading and unpacking them if necessary. Raise CannotFetch."""
    stamp = target / pins.name
    if not stamp.exists() or stamp.read_bytes() != pins.read_bytes():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            fresh = Path(folder) / target.name
            _download(pins, fresh)
            shutil.rmtree(target, ignore_errors=True)
            fresh.rename(target)
    return target


def license_of(package: Path) -> Path:
    """Return the licence from the wheel that contained this package."""
    (found,) = (
        path for path in package.parent.glob("*.dist-info/licenses/LICENSE") if _contains(path, package)
    )
    return found


def _contains(path: Path, package: Path) -> bool:
    record = (path.parent.parent / "RECORD").read_text(encoding="utf-8")
    return f"\n{package.name}/__init__.py," in record


def _download(pins: Path, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--dest", str(folder)]
    try:
        subprocess.run([*command, *options, "--requirement", str(pins)], check=True)
    except subprocess.CalledProcessError:
        raise CannotFetch(
            f"Nothing is built: pip cannot download what {pins.name} names. Check the network, or set"
            " PIP_INDEX_URL or PIP_FIND_LINKS to where pip finds it, and try again."
        ) from None
    for wheel in folder.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
    shutil.copy(pins, folder / pins.name)
