"""A fixture: real keymaps, or a skip where those are missing."""

from __future__ import annotations

import pytest

from totpkey_virtual.hosts import XkbMissing, XkbState


@pytest.fixture(scope="session")
def keymaps() -> None:
    try:
        XkbState("us")
    except XkbMissing as missing:
        pytest.skip(str(missing))
