"""Adafruit's HID library, which the key does not use, to compare with."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

PINS = Path(__file__).resolve().parent / "libraries.txt"
LIBRARIES = Path(__file__).resolve().parent.parent / "build" / "libraries"


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
