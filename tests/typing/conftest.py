"""Fixtures: keys of both kinds, a test desk, and real keymaps, or a skip where those are missing."""

from __future__ import annotations

import pytest

from tests.support.keys import desk, drive_copy, make_desk, make_key
from totpkey_virtual.hosts.xkb import XkbMissing, XkbState

__all__ = ["desk", "drive_copy", "keymaps", "make_desk", "make_key"]


@pytest.fixture(scope="session")
def keymaps() -> None:
    try:
        XkbState("us")
    except XkbMissing as missing:
        pytest.skip(str(missing))
