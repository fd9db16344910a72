"""Gives the simulator's flash the slowest times of its data sheet in a part of the tests, chosen by seed.

`TOTPKEY_FLASH_SEED` chooses others.
"""

from __future__ import annotations

import os
import zlib

import pytest

from totpkey_virtual.flash import SLOWEST
from totpkey_virtual.simulator import timing

#: One test of so many has a slow flash.
_ONE_OF = 8


@pytest.fixture(autouse=True)
def flash_times(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = zlib.crc32(f"{os.environ.get('TOTPKEY_FLASH_SEED', 0)} {request.node.nodeid}".encode())
    if drawn % _ONE_OF == 0 and "usual_flash" not in request.fixturenames:
        erase, program = SLOWEST
        monkeypatch.setattr(timing, "ERASE", round(erase * 1e9))
        monkeypatch.setattr(timing, "PROGRAM", round(program * 1e9))
