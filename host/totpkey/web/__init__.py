"""Serves the set-up page, and a WebSocket to a key's serial port: docs/reference/bridge.md."""

from __future__ import annotations

from pathlib import Path

from totpkey.errors import TotpkeyError
from totpkey.i18n.translation import tr

HOST = "127.0.0.1"
NAME = "totpkey.html"


class PageMissing(TotpkeyError):
    """The page was not built."""


def page_file() -> Path:
    """The set-up page, from the wheel or from a source tree's build folder. Raises PageMissing."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "data", package.parent.parent / "build" / "page"):
        if (folder / NAME).is_file():
            return folder / NAME
    raise PageMissing(tr("The set-up page was not built."), tr("Run `make page` in the source tree."))
