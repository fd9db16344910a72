"""Leaks of each kind, planted on purpose: a test with a leak ends in an error that names it.

Firmware leaks are put into a copy of the drive. They leave a simulated key by its cable, or reach its flash.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from other_systems import source_folders
from tests.leaks.recorder import TYPED, Recorder
from tests.support.damage import broken
from tests.support.desk import AMAZON, Desk
from totpkey.errors import TotpkeyError
from totpkey.install.drive import drive_folder
from totpkey_protocol import storage
from totpkey_virtual.simulator import SimulatedKey
from totpkey_virtual.traffic import Channel, watch_traffic

ROOT = Path(__file__).parents[2]

#: Tests of which each lets a secret out in its own way, but for the last.
LEAKING = """
import base64, logging, subprocess, sys
import pytest
from tests.leaks.plugin import recorder
from totpkey.errors import TotpkeyError

SECRET = bytes.fromhex("c5a1f00d7e5be9d18c3204bb96ef4d217083aa5c")

@pytest.fixture(autouse=True)
def known():
    recorder.known.add(SECRET, "an account's secret")
    recorder.known.add_pin("2580")

def test_standard_output():
    print(SECRET.hex())

def test_standard_error():
    print(base64.b32encode(SECRET), file=sys.stderr)

def test_pin_in_output():
    print("The PIN 2580 is wrong")

def test_output_that_a_test_reads(capsys):
    print(SECRET.hex())
    assert capsys.readouterr().out

def test_log_records():
    logging.getLogger("any").warning("got %s", base64.b64encode(b"." + SECRET).decode())

def test_arguments_of_a_started_process():
    subprocess.run([sys.executable, "-c", "", SECRET.hex().upper()], check=True)

def test_environment_of_a_started_process():
    subprocess.run([sys.executable, "-c", ""], check=True, env={"S": SECRET.hex()})

def test_text_of_an_exception():
    with pytest.raises(ValueError):
        raise ValueError(f"no key has {SECRET}")

def test_text_of_an_exception_of_ours():
    try:
        raise TotpkeyError("Cannot read the secret.", SECRET.hex())
    except TotpkeyError:
        pass

def test_text_of_an_exception_behind_another():
    with pytest.raises(KeyError):
        try:
            int(SECRET.hex() + "g")
        except ValueError:
            raise KeyError from None

def test_nothing_leaks():
    print("c5a1f00d")
"""


def test_each_way_out_of_the_host_process_fails_the_test(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, (ROOT, *source_folders()))))
    # On a build machine pytest would tell each error once more, in its summary.
    monkeypatch.delenv("CI", raising=False)
    pytester.makepyfile(LEAKING)
    done = pytester.runpytest_subprocess("-p", "tests.leaks.plugin", "-p", "no:cacheprovider", "-v")
    ways = LEAKING.count("def test_") - 1
    done.assert_outcomes(passed=ways + 1, errors=ways)
    shown = done.stdout.str()
    for way in ("output", "error", "log records", "arguments of", "environment of", "text of an exception"):
        assert way in shown.partition("A secret has leaked")[2]
    assert shown.count("A secret has leaked") == ways


def life(drive: Path) -> Recorder:
    """What leaves a key with that drive while it gets an account and is asked about it."""
    recorder = Recorder()
    with watch_traffic(recorder.watch):
        desk = Desk(SimulatedKey(drive, alone=storage.FILES))
        desk.plug_in()
        client = desk.client()
        client.set_time(round(desk.key.true_time))
        try:
            client.add(AMAZON)
            client.list()
        except TotpkeyError:
            pass  # the reply has more in it than the definition says, or none came
        desk.key.run(1)
        desk.press()
        desk.key.unplug()
    return recorder


#: What a key might do behind its own back with a secret that it has just stored, by where that shows.
PLANTED = {
    Channel.FROM_KEY.value: "import usb_cdc, binascii as b; usb_cdc.data.write(b.b2a_base64(stored.secret))",
    Channel.FLASH.value: "import microcontroller; microcontroller.nvm[:32] = stored.secret",
    Channel.CONSOLE.value: "print(stored.secret)",
    TYPED: """
    import usb_hid
    for digit in (half for byte in stored.secret for half in (byte >> 4, byte & 15)):
        usage = 0x1E + (digit - 1) % 10 if digit < 10 else digit - 6
        usb_hid.devices[0].send_report(bytes((0, 0, usage, 0, 0, 0, 0, 0)))
        usb_hid.devices[0].send_report(bytes(8))
""",
}


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    return Path(shutil.copytree(drive_folder(), tmp_path / "drive"))


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is planted here is not to fail this test too."""
    monkeypatch.setattr("totpkey_virtual.traffic._watchers", [])


@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize("where", PLANTED)
def test_each_way_out_of_a_key_is_seen(drive: Path, where: str) -> None:
    stored = "    if stored.__dict__ != account.__dict__:"
    broken(drive, "setup/commands/accounts.py", stored, f"    {PLANTED[where]}\n{stored}")
    leaks = life(drive).search()
    assert where in {leak.where for leak in leaks}


@pytest.mark.usefixtures("apart")
def test_the_drive_as_it_is_leaks_nothing() -> None:
    recorder = life(drive_folder())
    # The account's secret, and the key of the session.
    assert len(recorder.known) == 2
    seen = recorder.everything()
    assert all(seen[channel.value] for channel in Channel if channel is not Channel.CONTROL)
    assert recorder.search() == []
