"""Builds the drive: the complete content of a key's CIRCUITPY, our files and the libraries they need.

    python tools/build_drive.py [TARGET]        (default: build/drive)

Simulator, chip tests, wheel and installer all use what this makes.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Not installed yet where the wheel is built.
sys.path.insert(0, str(ROOT / "firmware" / "lib"))

from totpkey_protocol import storage  # noqa: E402

FIRMWARE = ROOT / "firmware"
PINS = ROOT / "tools" / "libraries.txt"
LIBRARIES = ROOT / "build" / "libraries"
DRIVE = ROOT / "build" / "drive"

#: The files of those libraries that the firmware imports, with their licences.
WANTED = {
    "adafruit_hid/__init__.py": "adafruit_hid/__init__.py",
    "adafruit_hid/keycode.py": "adafruit_hid/keycode.py",
    "adafruit_circuitpython_hid-*.dist-info/licenses/LICENSE": "adafruit_hid/LICENSE",
}


def fetch_libraries() -> Path:
    """Download and unpack the pinned wheels, unless that is done; the folder that holds their packages."""
    stamp = LIBRARIES / "libraries.txt"
    if not stamp.exists() or stamp.read_bytes() != PINS.read_bytes():
        shutil.rmtree(LIBRARIES, ignore_errors=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        options = ["--no-deps", "--require-hashes", "--dest", str(LIBRARIES), "--requirement", str(PINS)]
        subprocess.run(command + options, check=True)
        for wheel in LIBRARIES.glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(LIBRARIES)
        shutil.copy(PINS, stamp)
    return LIBRARIES


def build(target: Path = DRIVE) -> Path:
    """Make `target` the complete content of a key's drive."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(FIRMWARE, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".*"))
    shutil.copy(ROOT / "LICENSE", target / "LICENSE")
    for pattern, name in WANTED.items():
        path = target / "lib" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (found,) = fetch_libraries().glob(pattern)
        shutil.copy(found, path)
    for name in storage.FILES:
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\xff" * storage.SIZE)
    # Keeps macOS from filling the drive with its own files.
    (target / ".metadata_never_index").touch()
    return target


if __name__ == "__main__":
    print(build(Path(sys.argv[1]) if len(sys.argv) > 1 else DRIVE))
