"""A Linux computer with a key in it, and who presses the key's button there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import linux_guest
from tests.kernel.guest import Guest, Seat
from tests.support.desk import Desk
from totpkey.install.drive import drive_folder
from totpkey_protocol import storage
from totpkey_virtual.chip.key import ChipKey


@pytest.fixture(scope="module")
def key(request: pytest.FixtureRequest, image: Path) -> ChipKey:
    """A key on the emulated chip, not plugged in: with the file's ACCOUNT, or blank where it names none.

    It types as the file's TYPING says, with the keys of its TABLE.
    """
    if why := linux_guest.SYSTEM.missing():
        pytest.skip(why)
    key = ChipKey(image, drive_folder(), start_time=time.time(), alone=storage.FILES)
    account = getattr(request.module, "ACCOUNT", None)
    if account is not None:
        desk = Desk(key)
        desk.provision(account)
        if typing := getattr(request.module, "TYPING", None):
            with desk.until_done(desk.setup_client()) as client:
                client.set_typing(typing, request.module.TABLE)
        key.unplug()
    return key


@pytest.fixture(scope="module")
def computer(key: ChipKey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    """It is up, and the key is in it as a keyboard. All tests of a file use it."""
    computer = Guest(tmp_path_factory.mktemp("guest"), key)
    try:
        computer.boot()
        computer.plug()
        computer.await_keyboard()
        yield computer
    finally:
        computer.close()


@pytest.fixture(scope="module")
def seat(request: pytest.FixtureRequest, computer: Guest) -> Seat:
    """For files with an ACCOUNT, whose codes are by counter."""
    return Seat(computer, request.module.ACCOUNT)
