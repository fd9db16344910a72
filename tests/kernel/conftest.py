"""A Linux computer with a key in it that has one account."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kernel import guest as guests
from tests.kernel.guest import Guest
from tests.support.desk import Desk
from totpkey.accounts.account import Account
from totpkey.install.drive import drive_folder
from totpkey_protocol import storage
from totpkey_virtual.chip.key import ChipKey

#: The beginning of the names of the key's lights in the guest.
LIGHTS = "/sys/bus/usb/devices/*/*/*/input/*/*::"
#: A code of its own every 10 s: no press waits long for the next.
SHORT = Account("Linux", "me", bytes.fromhex("6b1f0ae2c4937d58b02e9946f1d3a7c8805e2b94"), period=10)


@pytest.fixture(scope="module")
def provisioned(image: Path) -> ChipKey:
    """A key on the emulated chip with one account, not plugged in."""
    if why := guests.missing():
        pytest.skip(why)
    key = ChipKey(image, drive_folder(), start_time=time.time(), alone=storage.FILES)
    desk = Desk(key)
    desk.plug_in()
    desk.provision(SHORT)
    key.unplug()
    return key


@pytest.fixture(scope="module")
def computer(provisioned: ChipKey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    """It is up, and the key is in it as a keyboard. All tests of a file use it."""
    computer = Guest(tmp_path_factory.mktemp("guest"), provisioned)
    try:
        computer.boot()
        computer.plug()
        computer.await_file(f"{LIGHTS}capslock")
        yield computer
    finally:
        computer.close()
