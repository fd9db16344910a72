"""The attacks run on keys of both kinds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attacks.stage import Stage
from tests.support.desk import Desk
from tests.support.firmware import install
from totpkey.install.drive import drive_folder

#: For the firmware's modules that the forgeries import.
install()


@pytest.fixture
def stage(make_desk: Callable[[Path], Desk]) -> Stage:
    """A new key, plugged in: blank, in its setup face."""
    return Stage.plugged_in(make_desk(drive_folder()))
