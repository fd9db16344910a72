"""The wheel carries the finished drive (to simulate and install keys), the page, translations, words."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent / "tools"))

import build_catalogues
import build_drive
import build_page
import build_words


class DriveHook(BuildHookInterface[Any]):
    """Builds the drive, the page and the catalogues, and adds them to the wheel below `totpkey/data`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        drive = build_drive.build()
        catalogues = build_catalogues.build()
        words = build_words.build()
        if version != "editable":
            if page := self._page():
                build_data["force_include"][page] = f"totpkey/data/{Path(page).name}"
            build_data["force_include"][str(drive)] = "totpkey/data/drive"
            build_data["force_include"][str(catalogues)] = "totpkey/data/locale"
            build_data["force_include"][str(words)] = "totpkey/data/words"

    def _page(self) -> str:
        """Where the set-up page is; empty where npm is missing: all else works without it."""
        try:
            return str(build_page.build())
        except build_page.CannotBuild as problem:
            self.app.display_warning(str(problem))
            return ""
