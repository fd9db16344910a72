"""Lives begin where the drive is built."""

from __future__ import annotations

from pathlib import Path

import pytest

from totpkey.install.drive import drive_folder


@pytest.fixture
def drive() -> Path:
    return drive_folder()
