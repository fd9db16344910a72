"""The wheel carries the finished drive, so that it can simulate a key and install one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent / "tools"))

import build_drive


class DriveHook(BuildHookInterface[Any]):
    """Builds the drive and adds it to the wheel as `totpkey/data/drive`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        drive = build_drive.build()
        if version != "editable":
            build_data["force_include"][str(drive)] = "totpkey/data/drive"
