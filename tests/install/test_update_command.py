"""The command `totpkey update`: the touch that it asks for, and keys with another protocol version."""

from __future__ import annotations

import pytest

from tests.install.conftest import MakeFirmware
from tests.install.keys import Files, at_desk, installed
from tests.support.cases import slow
from tests.support.desk import Desk
from tests.support.terminal import World
from totpkey import errors
from totpkey.cli.simulation.drill import DirectTransport
from totpkey.install import updating
from totpkey.install.drive import drive_files
from totpkey.link.client import KeyClient
from totpkey_protocol import version
from totpkey_volume import layout
from totpkey_volume.circuitpython import DRIVE_START

NEWER = "9." + version.__version__


@pytest.mark.slow
def test_the_command(world: World, newer: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = at_desk(installed("adafruit_qt2040_trinkey"), world)
    current = desk.run("update")
    assert current.code == 0
    assert "which this command brings" in current.err

    monkeypatch.setattr("totpkey.install.drive.drive_files", lambda: newer)
    done = desk.run("update", when_asked=desk.agree)
    assert done.code == 0, done.err
    assert done.err.count(" times") == 3
    assert f"Done: the key runs firmware {NEWER}" in done.err


@pytest.mark.parametrize(("spoken", "remedy"), [(2, "totpkey update"), slow(4, "git pull")])
def test_a_key_of_another_version_is_told_apart_and_can_still_be_updated(
    spoken: int, remedy: str, make_firmware: MakeFirmware, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(version, "PROTOCOL", 3)
    key = installed()
    if spoken == 4:
        changes = {"totpkey_protocol/version.py": (f"PROTOCOL = {2}", "PROTOCOL = 4")}
        key.flash = b"\xff" * DRIVE_START + layout.volume(make_firmware(changes), key.board)
    desk = Desk(key)
    desk.plug_in()
    with pytest.raises(errors.VersionMismatch) as mismatch:
        desk.client()
    assert f"version {spoken}, this computer version 3" in mismatch.value.cause
    assert remedy in mismatch.value.remedy
    client = KeyClient(DirectTransport(key), desk.obey, ticks=lambda: key.uptime_ms / 1000)
    hello = client.hello(any_version=True)
    assert (hello.board, hello.protocol) == (key.board, spoken)
    updating.send(client, hello, drive_files(), lambda *_: None)
    client.close()
