"""Each way in that the seal closes, tried on the published image, where it is open, and on the sealed one."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from tests.sealing import admit, assembled
from tests.sealing.admit import is_in_boot_loader, new_desk
from tests.sealing.assembled import LIKE_THE_PICO, call, functions
from tests.support.cases import sampled, slow
from tests.support.desk import AMAZON, HID, Desk
from tests.support.images import content_of, encoded, without_place
from totpkey.cli.root import run
from totpkey.install import download
from totpkey.sealing import edits as sealing
from totpkey.sealing.listing import Call, Listing, callers
from totpkey_volume.circuitpython import board_of, version_of
from virtual.tests.chip.conftest import ANSWERING, SETUP, MakeKey, answers, start

pytestmark = pytest.mark.chip


@pytest.fixture(params=[slow("published"), "sealed"])
def is_sealed(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "sealed")


@pytest.fixture
def either(is_sealed: bool, image: Path, official_image: Path) -> Path:
    return image if is_sealed else official_image


@pytest.fixture
def desk(either: Path) -> Desk:
    return new_desk(either)


_QUICK = {"line-coding", "safe-mode", "get-report"}


@pytest.mark.parametrize(
    "door", [pytest.param(name, marks=[pytest.mark.quick] * (name in _QUICK)) for name in admit.DOORS]
)
def test_a_door_is_open_as_published_and_closed_by_the_seal(
    desk: Desk, official_image: Path, is_sealed: bool, door: str
) -> None:
    """Unless there is none. Whatever was tried, the key then works."""
    missing = [*admit.NO_EDITS, *without_place(content_of(official_image.read_bytes()))]
    assert admit.DOORS[door](desk) == (not is_sealed and door not in missing)
    desk.replug()
    if desk.classes() == [HID]:
        desk.away_from_the_boundary(AMAZON)
        assert desk.press() == desk.code(AMAZON)
    else:
        with desk.client() as client:
            assert client.hello().state == "blank"


def test_the_key_says_whether_it_is_sealed(desk: Desk, either: Path, is_sealed: bool) -> None:
    version = ".".join(map(str, version_of(content_of(either.read_bytes())) or ()))
    with desk.client() as client:
        assert client.hello().circuitpython == version + "+sealed" * is_sealed


def test_a_hard_fault_leads_back_to_a_keyboard(desk: Desk) -> None:
    desk.provision(AMAZON)
    desk.key.crash()
    for _ in range(80):
        desk.key.run(0.05)
        assert desk.key.usb.enumeration is None or desk.classes() == [HID]
    assert desk.classes() == [HID]
    desk.expect_code(AMAZON)


# What stays: Python's own ways


@pytest.mark.parametrize("way", ["BOOTLOADER", "UF2", "SAFE_MODE", "NORMAL"])
def test_python_asks_for_the_next_start(make_key: MakeKey, either: Path, way: str) -> None:
    code = f"""
import alarm, microcontroller
if alarm.sleep_memory[0] != 7:
    alarm.sleep_memory[0] = 7
    microcontroller.on_next_reset(microcontroller.RunMode.{way})
    microcontroller.reset()
"""
    key = make_key(code, image=either)
    start(key)
    assert is_in_boot_loader(key) == (way in ("BOOTLOADER", "UF2"))
    assert key.usb.enumeration
    shows_drive = 8 in [each.usb_class for each in key.usb.enumeration.interfaces]
    assert shows_drive == (way != "NORMAL")


# A computer that sleeps

SENDING = (
    ANSWERING
    + """
import supervisor, usb_hid
keyboard, took = usb_hid.devices[0], []
while not supervisor.runtime.usb_connected:
    pass
while supervisor.runtime.usb_connected:
    pass
for _ in range(2):
    begun = supervisor.ticks_ms()
    keyboard.send_report(bytes((0, 0, 0x1E, 0, 0, 0, 0, 0)))
    took.append(supervisor.ticks_ms() - begun)
while not supervisor.runtime.usb_connected:
    pass
keyboard.send_report(bytes((0, 0, 0x1F, 0, 0, 0, 0, 0)))
keyboard.send_report(bytes(8))
say(took)
"""
)


def test_a_report_to_a_computer_that_sleeps(make_key: MakeKey, either: Path, is_sealed: bool) -> None:
    assert admit.wake_up(either) == (not is_sealed)
    key = make_key(SENDING, SETUP, image=either)
    start(key)
    key.run(0.3)
    key.suspend()
    key.run(5)
    woken = key.wake_requests
    key.resume()
    (took,) = answers(key, 1)
    key.run(0.05)
    sent = [report.data[2] for report in key.usb.reports]
    if is_sealed:
        assert (woken, sent) == (0, [0x1F, 0])
        assert max(map(int, took.strip("[]").split(","))) <= 1
    else:
        assert woken > 0
        assert 2000 <= int(took.strip("[]").split(",")[0]) <= 2002


BUSY = (
    ANSWERING
    + """
import supervisor, usb_hid
keyboard, took = usb_hid.devices[0], []
while not supervisor.runtime.usb_connected:
    pass
keyboard.send_report(bytes(8))
for _ in range(2):
    begun = supervisor.ticks_ms()
    try:
        keyboard.send_report(bytes(8))
    except OSError as problem:
        took.append((str(problem), supervisor.ticks_ms() - begun >= 2000))
say(took)
"""
)


def test_a_computer_that_does_not_poll_makes_it_busy_as_before(make_key: MakeKey, either: Path) -> None:
    key = make_key(BUSY, SETUP, image=either)
    key.plug()
    key.set_polling(False)
    assert key.run_until(lambda: key.usb.enumeration is not None)
    key.run(5)
    assert [*answers(key, 1)] == ["[('USB busy', True), ('USB busy', True)]"]


@pytest.mark.parametrize("by_control", [True, False], ids=["SET_REPORT", "OUT"])
def test_reports_with_an_id_arrive_as_before(desk: Desk, by_control: bool) -> None:
    """The lock keys. The key types for a computer with CapsLock on, too."""
    desk.provision(AMAZON)
    desk.key.set_host_leds(2, by_control)
    desk.key.run(0.2)
    desk.expect_code(AMAZON)


# Images that are built otherwise


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy, for `admit` to write."""
    table = tmp_path / "table.toml"
    table.write_text(download.TABLE.read_text())
    monkeypatch.setattr(download, "TABLE", table)
    monkeypatch.setattr(admit.write, "__defaults__", (table,))
    return table


@pytest.mark.parametrize(
    "board", sampled(LIKE_THE_PICO, (), ("adafruit_qt2040_trinkey", "weact_studio_pico_16mb"))
)
def test_another_boards_image_is_admitted_with_its_wiring_and_then_known(
    board: str,
    official_image: Path,
    table: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What the workflow Images does with each board, but for what fetches it."""
    if "raspberry_pi_pico" not in official_image.name:
        pytest.skip("they are made of the Pico's")
    path, made = assembled.write(official_image, board, tmp_path), tmp_path / "made.uf2"
    assert admit.main([str(path), "--write"]) == 0
    monkeypatch.setattr(download, "KNOWN", download.rows(table))
    assert download.KNOWN[board].file == hashlib.sha256(path.read_bytes()).hexdigest()
    assert run(["image", "--circuitpython", str(path), "-o", str(made)]) == 0
    assert run(["verify", "--image", str(made)]) == 0
    assert "does not know" not in capsys.readouterr().err


def test_a_safe_mode_that_is_built_otherwise(official_image: Path, tmp_path: Path) -> None:
    """Somewhere else, in another order: the seal does not know it, and the door is seen all the same."""
    path = otherwise(official_image, tmp_path, waits=True)
    said = admit.judge(path)
    assert said.pop("safe-mode") == admit.OPEN
    assert set(said.values()) == {admit.SEALED, admit.NO_SUCH_DOOR}


def test_an_image_without_a_wait_for_safe_mode(
    official_image: Path,
    table: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is admitted without that edit; then the command seals it, and verify says so."""
    path, made = otherwise(official_image, tmp_path, waits=False), tmp_path / "made.uf2"
    arguments = ["image", "--circuitpython", str(path), "-o", str(made)]
    assert run(arguments) == 1
    assert "safe-mode:" in capsys.readouterr().err

    assert admit.main([str(path), "--write"]) == 0
    assert "safe-mode: has no such door" in capsys.readouterr().out
    monkeypatch.setattr(download, "KNOWN", download.rows(table))
    assert download.KNOWN[board_of(content_of(path.read_bytes()))].absent == ("safe-mode",)

    assert run(arguments) == 0
    assert run(["verify", "--image", str(made)]) == 0
    told = capsys.readouterr().err
    assert "line-coding, double-reset" in told
    assert "does not know" not in told


def otherwise(official: Path, folder: Path, waits: bool) -> Path:
    """An image of version 10.1.9 whose function that waits for safe mode lies elsewhere, in another order."""
    content = bytearray(re.sub(rb"10\.\d\.\d on", b"10.1.9 on", content_of(official.read_bytes())))
    listing = Listing.read(next(part.text for name, part in functions() if name == "safe-mode"))
    place = next(iter(listing.find(bytes(content))), None)
    if place is None:
        pytest.skip("this build does not wait so for safe mode")
    size = sum(item.size for item in listing.items.values())
    # With the literals behind it.
    function = bytes(content[place.start : place.start + size + 48])
    target = len(content) // 4 * 4 + place.start % 4 + 4
    moved = bytearray(function)
    for at, item in listing.items.items():
        if isinstance(item, Call):
            moved[at : at + 4] = call(target + at, place.calls[item.name])
    at = function.index(bytes.fromhex("00200021"))
    moved[at : at + 4] = bytes.fromhex("00210020")
    if not waits:
        ((_edit, (change,)),) = [
            each for each in sealing.changes(bytes(content)) if each[0].name == "safe-mode"
        ]
        moved[change.at - place.start : change.at - place.start + 2] = change.after
    for caller in callers(bytes(content), place.start):
        content[caller : caller + 4] = call(caller, target)
    content[place.start : place.start + size] = bytes.fromhex("00be") * (size // 2)
    content = content.ljust(target, b"\0") + moved
    path = folder / f"{board_of(content)}-10.1.9.uf2"
    path.write_bytes(encoded(bytes(content)))
    return path
