"""Firmware with something broken in it."""

from __future__ import annotations

from pathlib import Path

import build_drive


def broken(drive: Path, name: str, old: str, new: str) -> None:
    """Put a fault into one module of a drive."""
    text = (drive / "source" / "totpkey_firmware" / name).read_text(encoding="utf-8")
    assert old in text
    build_drive.change(drive, {f"totpkey_firmware/{name}": text.replace(old, new)})
