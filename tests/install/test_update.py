"""`totpkey update`: new firmware is sent, tried once, and kept. If any step fails, the old one stays, whole.

Of all cuts of the power, these are some; `make cuts` makes all.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.cuts.cutting import Left, Trace
from tests.install.boards import Files, at_desk, installed, send
from tests.install.conftest import MakeFirmware
from tests.install.update_cuts import Make, OnChip, updated, verdict
from tests.support.cases import slow
from tests.support.desk import AMAZON, CDC, CDC_DATA, GITHUB, HID, Desk, refused
from tests.support.terminal import World
from totpkey import errors
from totpkey.cli.simulation.drill import DirectTransport
from totpkey.errors import KeyRefused, UpdateFailed
from totpkey.install import updating
from totpkey.install.drive import drive_files, drive_folder
from totpkey.link.client import KeyClient
from totpkey_protocol import limits, slots, version
from totpkey_protocol.errors import BAD_UPDATE, NOT_ALLOWED
from totpkey_virtual.simulator import SimulatedKey
from totpkey_volume import fat_reader, layout
from totpkey_volume.circuitpython import DRIVE_START
from totpkey_volume.fat_format import Geometry

NEWER = "9." + version.__version__
#: Whether all that cuts leave is checked, as `make cuts` has it: some minutes, and on the chip some hours.
ALL = "TOTPKEY_CUTS" in os.environ
#: So many tests share them, to run on several cores.
SHARES = range(8) if ALL else range(1)


def firmware(desk: Desk) -> str:
    with desk.client() as client:
        return client.hello().firmware


def test_new_firmware_is_tried_once_then_kept_and_the_accounts_stay(desk: Desk, newer: Files) -> None:
    desk.provision(AMAZON, GITHUB)
    desk.hold_for_setup()
    vault_at, vault_end = layout.vault_range(desk.key.board)
    before = desk.key.flash
    send(desk, newer)
    with desk.client() as client:
        hello = client.hello()
        assert (hello.firmware, client.firmware().slot, client.firmware().kept) == (NEWER, "b", False)
        updating.keep(client, hello, newer)
        assert client.firmware().kept
    changed = {
        at // 4096 for at in range(0, len(before), 4096) if before[at:][:4096] != desk.key.flash[at:][:4096]
    }
    assert not changed & set(range(vault_at // 4096, vault_end // 4096))
    desk.replug()
    assert desk.classes() == [HID]
    desk.expect_code(AMAZON)
    desk.hold_for_setup()
    assert firmware(desk) == NEWER


@pytest.mark.slow
def test_and_back_again_into_the_first_slot(desk: Desk, newer: Files) -> None:
    for files, slot in ((newer, "b"), (drive_files(), "a"), (newer, "b")):
        send(desk, files)
        with desk.client() as client:
            updating.keep(client, client.hello(), files)
        desk.replug()
        with desk.client() as client:
            assert (client.firmware().slot, client.firmware().kept) == (slot, True)
            assert client.health().intact


class LateReader(DirectTransport):
    """A system that takes the port away before the key's last answer has been read."""

    def write(self, data: bytes) -> None:
        super().write(data)
        if b'"update_try"' in data:
            assert self._key.run_until(lambda: self._key.usb.enumeration is None, 10)
            self._key.read_serial()


@pytest.mark.slow
def test_the_answer_that_is_lost_as_the_port_goes_is_not_missed(desk: Desk, newer: Files) -> None:
    ticks = lambda: desk.key.uptime_ms / 1000  # noqa: E731
    with KeyClient(LateReader(desk.key), desk.obey, ticks=ticks) as client:
        updating.send(client, client.hello(), newer, lambda *_: None)
    desk.await_face(serial=True)
    with desk.client() as client:
        updating.keep(client, client.hello(), newer)
        assert client.hello().firmware == NEWER


@pytest.mark.slow
def test_without_the_gesture_nothing_changes(desk: Desk, newer: Files) -> None:
    before = desk.key.flash
    for touch in (lambda _: desk.key.run(limits.PRESS_WAIT + 1), lambda _: desk.key.press(1.0)):
        with desk.client(on_touch=touch) as client, pytest.raises(KeyRefused):
            updating.send(client, client.hello(), newer, lambda *_: None)
    assert desk.key.flash == before


def test_a_locked_key_is_not_updated(desk: Desk, newer: Files) -> None:
    desk.provision(AMAZON)
    with desk.setup_client() as client:
        client.set_pin("2580")
        client.lock()
        with refused(NOT_ALLOWED):
            updating.send(client, client.hello(), newer, lambda *_: None)


@pytest.mark.parametrize(
    "changes",
    [
        {"totpkey_firmware/loop.py": ("    platform = Platform()", "    raise ValueError")},
        slow({"totpkey_firmware/faces.py": ("from . import restart_notes", "import no_such_module")}),
        slow({"totpkey_firmware/restart_notes.py": ("import alarm", "import no_such_module")}),
        slow({"totpkey_firmware/loop.py": ("            self.turn()\n", "            pass\n")}),
    ],
    ids=["stops", "boot.py stops", "cannot note it", "hangs"],
)
def test_firmware_that_fails_gives_way_to_the_one_before(
    desk: Desk, make_firmware: MakeFirmware, changes: dict[str, tuple[str, str]]
) -> None:
    broken = make_firmware(changes)
    desk.provision(AMAZON)
    with desk.setup_client() as client:
        updating.send(client, client.hello(), broken, lambda *_: None)
    desk.key.run(20)
    if desk.classes() != [HID]:
        desk.replug()
    assert desk.classes() == [HID]
    desk.expect_code(AMAZON)
    with desk.setup_client() as client:
        assert (client.firmware().slot, client.firmware().kept) == ("a", True)
        with pytest.raises(UpdateFailed, match="went back"):
            updating.keep(client, client.hello(), broken)


def test_firmware_on_trial_does_not_touch_the_one_to_fall_back_to(desk: Desk, newer: Files) -> None:
    send(desk, newer)
    before = desk.key.flash
    with desk.client() as client:
        with pytest.raises(UpdateFailed, match="on trial"):
            updating.send(client, client.hello(), drive_files(), lambda *_: None)
        with refused(BAD_UPDATE):
            client.update(4096, bytes(32))
    assert desk.key.flash == before


@pytest.mark.slow
def test_unplugged_before_it_was_kept(desk: Desk, newer: Files) -> None:
    send(desk, newer)
    desk.replug()
    assert firmware(desk) == version.__version__


def test_what_does_not_come_in_order_or_whole_is_refused(desk: Desk, newer: Files) -> None:
    content = layout.slot_content(newer, desk.key.board, "b")
    digest = updating._digest(content)
    with desk.client() as client:
        for call in (client.update_try, lambda: client.update_data(0, b"x")):
            with refused(BAD_UPDATE):
                call()
        client.update(len(content), digest)
        for at, data in ((256, b"x" * 256), (0, b"")):
            with pytest.raises(KeyRefused):
                client.update_data(at, data)
        client.update_data(0, content[:256])
        with pytest.raises(KeyRefused):
            client.update_try()
        client.update(len(content), digest)
        for at in range(0, len(content), limits.UPDATE):
            client.update_data(at, content[at : at + limits.UPDATE] if at else bytes(limits.UPDATE))
        with refused(BAD_UPDATE):
            client.update_try()
        client.update_keep()
    desk.replug()
    with desk.client() as client:
        assert (client.firmware().slot, client.health().intact) == ("a", True)


def test_a_key_that_was_copied_file_by_file_says_how_it_can_be_updated(newer: Files) -> None:
    desk = Desk(SimulatedKey(drive_folder()))
    with desk.client() as client:
        assert client.firmware().slot == slots.NONE
        assert client.health().intact
        with pytest.raises(UpdateFailed, match="by copying files") as failed:
            updating.send(client, client.hello(), newer, lambda *_: None)
        assert "totpkey backup FILE" in failed.value.remedy
        assert "totpkey image --keep-vault" not in failed.value.remedy
        with refused(BAD_UPDATE):
            client.update(4096, bytes(32))


def test_info_tells_that_key_and_command_differ(newer: Files, world: World) -> None:
    key = installed()
    key.flash = b"\xff" * DRIVE_START + layout.volume(newer, key.board)
    at_desk(key, world).run("info").ended(0, f"firmware is {NEWER}, this command is {version.__version__}")


def test_firmware_that_is_too_large_is_not_sent(desk: Desk, newer: Files) -> None:
    large = newer | {"lib/large.mpy": bytes(slots.SIZE)}
    with desk.client() as client, pytest.raises(UpdateFailed, match="does not fit"):
        updating.send(client, client.hello(), large, lambda *_: None)


@pytest.mark.slow
def test_the_drive_shows_what_the_slot_holds(desk: Desk, newer: Files) -> None:
    send(desk, newer)
    drive = fat_reader.read(desk.key.flash[DRIVE_START:])
    expected = layout.firmware(newer)
    assert {path: drive[f"lib-b/{path}"] for path in expected} == expected
    assert {path: drive[f"lib/{path}"] for path in expected} == layout.firmware(drive_files())


@pytest.mark.chip
def test_the_whole_way_on_the_chip(official_image: Path, tmp_path: Path, newer: Files) -> None:
    desk = Desk(OnChip.of(official_image, tmp_path)())
    desk.plug_in()
    assert sorted(desk.classes()) == sorted([CDC, CDC_DATA, HID])
    send(desk, newer)
    with desk.client() as client:
        assert client.hello().firmware == NEWER
        assert (client.firmware().slot, client.firmware().kept) == ("b", False)
        updating.keep(client, client.hello(), newer)
    desk.provision(AMAZON)
    desk.replug()
    desk.expect_code(AMAZON)


@pytest.mark.slow
def test_the_command(world: World, newer: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = at_desk(installed("adafruit_qt2040_trinkey"), world)
    desk.run("update").ended(0, "which this command brings")

    monkeypatch.setattr("totpkey.install.drive.drive_files", lambda: newer)
    done = desk.run("update", when_asked=desk.agree).ended(0)
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


@pytest.fixture(scope="module")
def trace() -> Trace:
    return updated()


@pytest.fixture(scope="module")
def left(trace: Trace) -> list[Left]:
    return trace.left()


def assert_survived(left: list[Left], sample: list[Left], share: int, make: Make = installed) -> None:
    """After each cut the key runs from one of its slots; of a sample, first from the one before."""
    chosen = left[share :: len(SHARES)] if ALL else sample
    verdicts = [
        verdict(each.snapshot, again=number % 10 == 0, make=make) for number, each in enumerate(chosen)
    ]
    assert set(verdicts) <= {"a", "b"}, verdicts
    assert ALL or (verdicts[0], len(set(verdicts))) == ("a", 2), verdicts


@pytest.mark.slow
@pytest.mark.parametrize("share", SHARES)
def test_cuts_all_over_an_update(left: list[Left], share: int) -> None:
    """Of a sample, the first result and those of the seal at the end."""
    middle = random.Random(1).sample(left[1:-12], 16)
    assert_survived(left, [left[0], *middle, *left[-12:]], share)


@pytest.mark.chip
@pytest.mark.parametrize("share", SHARES)
def test_cuts_on_the_chip(official_image: Path, tmp_path: Path, share: int) -> None:
    """Of a sample, one in the middle, and the last before and the first after the point of no return."""
    make = OnChip.of(official_image, tmp_path)
    left = updated(make).left()
    assert_survived(left, [left[len(left) // 2], *left[-4:]], share, make)


def test_an_update_writes_neither_fat_nor_vault_nor_the_slot_in_use(trace: Trace) -> None:
    volume = trace.start.flash[DRIVE_START:]
    geometry = Geometry.of(len(volume))
    allowed = []
    for path, size in ((slots.SLOTS[1][2], slots.SIZE), (slots.SEALS, 2 * slots.STRIDE)):
        start = DRIVE_START + geometry.offset(fat_reader.first_cluster(volume, path))
        allowed.append(range(start, start + size))
    written = {step.address for step in trace.steps}
    assert all(any(address in each for each in allowed) for address in written)
    vault = range(*layout.vault_range("raspberry_pi_pico"))
    assert not any(address in vault for address in written)
