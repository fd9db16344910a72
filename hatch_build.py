"""The wheel carries the finished drive, to simulate a key and install one, and the translations."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent / "tools"))

import build_catalogues
import build_drive


class DriveHook(BuildHookInterface[Any]):
    """Builds the drive and the catalogues, and adds them to the wheel below `totpkey/data`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        drive = build_drive.build()
        catalogues = build_catalogues.build()
        if version != "editable":
            build_data["force_include"][str(drive)] = "totpkey/data/drive"
            build_data["force_include"][str(catalogues)] = "totpkey/data/locale"
