"""Desks of the tests of commands, at a computer that runs Windows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import windows_python
from tests.install.conftest import bridged, given_file, make_firmware
from tests.support.terminal import CommandDesk, MakeDesk, desks
from tests.windows import wine

__all__ = ["bridged", "desk", "given_file", "make_desk", "make_firmware", "system", "windows"]


@pytest.fixture(scope="session")
def windows() -> None:
    """Wine's server is up, or a skip."""
    if why := windows_python.SYSTEM.missing():
        pytest.skip(why)
    windows_python.start()


@pytest.fixture
def system(windows: None) -> Iterator[wine.Windows]:
    """A computer that runs Windows."""
    with wine.Windows() as system:
        yield system


@pytest.fixture
def make_desk(system: wine.Windows, tmp_path: Path) -> Iterator[MakeDesk]:
    with desks(system, tmp_path) as make:
        yield make


@pytest.fixture
def desk(make_desk: MakeDesk) -> CommandDesk:
    return make_desk()
