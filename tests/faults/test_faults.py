"""After errors, hangs and crashes the key comes back closed, never in safe mode with drive and console.

Errors and hangs of the firmware are put into a copy of the drive. With a stuck random source a key still
works: it does not draw again until the source gives a new value. On the chip the ring oscillator's random
bit is then always 0 (RP2040 data sheet, section 2.17).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attacks.stage import Stage, done, waits
from tests.support.cases import slow
from tests.support.damage import broken
from tests.support.desk import AMAZON, CDC, CDC_DATA, GITHUB, HID, Desk, refused
from tests.support.keys import BOARD, CHIPS, MORNING
from totpkey.install.drive import drive_folder
from totpkey_protocol import errors, storage
from totpkey_virtual.chip.key import ChipKey
from totpkey_virtual.key import VirtualKey
from totpkey_virtual.simulator import SimulatedKey

MakeDesk = Callable[[Path], Desk]


#: Stands in the session's every turn.
TURN = "        self._let_calm_end(touched, now)\n"


def ended_in_setup(make_desk: MakeDesk, drive: Path, fault: str) -> Desk:
    """A key in its everyday face, which that fault has ended in setup."""
    broken(drive, "setup/session.py", TURN, fault + TURN)
    desk = make_desk(drive)
    desk.provision(AMAZON)
    desk.hold_for_setup()
    desk.await_face(serial=False)
    assert desk.classes() == [HID]
    return desk


def test_an_error_restarts_the_key_closed_and_shows(drive_copy: Path, make_desk: MakeDesk) -> None:
    # The fault strikes three seconds after start, and only in the face that serial is open in.
    desk = ended_in_setup(
        make_desk,
        drive_copy,
        "        if since(self._heard_at, now) > 3000 and self._key.vault.state != 'blank':\n"
        "            raise ValueError\n",
    )
    # Bursts of four quick flashes; a key that is ready flashes once in 4 s.
    assert desk.blinks(2.5) >= 4
    desk.key.run(8)
    desk.expect_code(AMAZON)


def test_a_hard_fault_restarts_the_key_and_shows(desk: Desk) -> None:
    """CircuitPython itself stops, in the midst of a code. None of the firmware's handlers runs."""
    desk.provision(AMAZON)
    desk.away_from_the_boundary(AMAZON, 13)
    shown = len(desk.computer.text)
    desk.key.set_button(True)
    assert desk.key.run_until(lambda: len(desk.computer.text) == shown + 2, 1)
    desk.key.set_button(False)
    desk.key.crash()
    desk.await_face(serial=False)
    assert desk.classes() == [HID]
    assert desk.blinks(2.5) >= 4
    desk.key.run(8)
    assert desk.computer.text[shown:] == desk.code(AMAZON)[:2]
    assert not desk.computer.stuck
    desk.expect_code(AMAZON)


def test_a_hang_is_ended_by_the_watchdog(drive_copy: Path, make_desk: MakeDesk) -> None:
    desk = ended_in_setup(
        make_desk,
        drive_copy,
        "        while since(self._heard_at, now) > 4000 and self._key.vault.state != 'blank':\n"
        "            pass\n",
    )
    desk.expect_code(AMAZON)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["key.py", "restart_notes.py", "store/pool.py", "faces.py"])
def test_a_file_that_cannot_be_read_never_opens_the_key(
    drive_copy: Path, make_desk: MakeDesk, name: str
) -> None:
    (drive_copy / "lib" / "totpkey_firmware" / name).write_text("this is no Python\n", encoding="utf-8")
    desk = make_desk(drive_copy)
    desk.key.plug()
    never_opens(desk, 6)
    assert desk.key.usb.reports == []


def test_a_choice_that_cannot_be_stored_is_refused(drive_copy: Path, make_desk: MakeDesk) -> None:
    broken(
        drive_copy,
        "vault/settings.py",
        "        self.save(self.floor, account,",
        "        from totpkey_protocol.errors import STORAGE, Refusal\n\n        raise Refusal(STORAGE)\n"
        "        self.save(self.floor, account,",
    )
    desk = make_desk(drive_copy)
    desk.provision(AMAZON, GITHUB)
    desk.away_from_the_boundary(AMAZON, 12)
    desk.key.press(0.8)
    assert desk.blinks(1) >= 5
    assert desk.press() == desk.code(AMAZON), "neither has it restarted nor chosen another"


@pytest.mark.parametrize(
    "other",
    [
        "issuer += 'x'",
        slow("label = ''"),
        "secret = account.secret[:-1] + b'x'",
        slow("algorithm = 'SHA256'"),
        slow("digits = 8"),
        slow("period = 60"),
        "kind = 'hotp'",
        slow("counter = 1"),
        slow("recipe = '{code}{TAB}'"),
    ],
)
def test_an_account_that_comes_back_from_flash_otherwise_is_not_said_to_be_stored(
    drive_copy: Path, make_desk: MakeDesk, other: str
) -> None:
    read = "            account = unpack(memoryview(self._body)[at:end])\n"
    broken(drive_copy, "vault/records.py", read, f"{read}            account.{other}\n")
    desk = make_desk(drive_copy)
    with desk.first_set_up() as client, refused(errors.STORAGE):
        client.add(AMAZON)


def _busy(drive: Path, begin: int, end: int) -> None:
    """Keep the loop of that drive's key from looking at its button so many ms into a hold."""
    look = "        gesture = touches.next(now)\n        while gesture:\n"
    held = "touches.button.held(self._key.platform.ticks())"
    broken(drive, "loop.py", look, f"        while {begin} < {held} < {end}:\n            pass\n{look}")


def test_a_hold_that_ended_while_the_key_was_busy_counts_on_a_locked_key_too(
    drive_copy: Path, make_desk: MakeDesk
) -> None:
    """It crosses the length that leads to setup from the everyday face, and has ended when somebody looks."""
    _busy(drive_copy, 2800, 3400)
    desk = make_desk(drive_copy)
    stage = Stage.plugged_in(desk)
    stage.set_up_locked()
    tomorrow = round(desk.key.true_time) + 86_400
    done(stage.agree("set_time", time=tomorrow))
    assert int(str(done(stage.port.ask("time"))["time"])) >= tomorrow


def test_a_press_does_not_lend_its_announcement_to_the_touch_before_it(
    drive_copy: Path, make_desk: MakeDesk
) -> None:
    """A hold that began before the command and a press that began after it are both seen in one round."""
    _busy(drive_copy, 1900, 2600)
    desk = make_desk(drive_copy)
    stage = Stage.plugged_in(desk)
    stage.set_up()
    # The command comes 0.2 s into the hold, and the next press 0.15 s after it.
    desk.key.set_button(True)
    desk.key.run(0.2)
    number = stage.port.send("set_time", time=round(desk.key.true_time) + 86_400)
    for down, seconds in ((True, 2.1), (False, 0.15), (True, 0.3), (False, 0)):
        desk.key.set_button(down)
        desk.key.run(seconds)
    said = [message for message in stage.port.heard(1) if message.get("id") == number]
    # The press is one of the gesture's, and the hold none.
    assert waits(said[0])
    assert [message["notice"] for message in said[1:]] == ["waits"] * (len(said) - 1)
    assert said[-1]["presses"] == 1


PIN = "2580"
#: Seconds after power-on: before boot.py, in it, in code.py before USB is up, and after.
WHILE_STARTING = (0.005, 0.03, 0.15, 0.4)


def never_opens(desk: Desk, seconds: float) -> None:
    """Watch what the key shows meanwhile."""
    for _ in range(round(seconds / 0.05)):
        desk.key.run(0.05)
        if desk.key.usb.enumeration:
            assert set(desk.classes()) <= {HID, CDC, CDC_DATA}


def comes_back_closed(desk: Desk) -> None:
    desk.key.run(0.01)
    assert desk.key.usb.enumeration is None
    never_opens(desk, 4)
    assert desk.classes() == [HID]


def test_a_crash_in_setup_leads_to_the_everyday_face_locked(desk: Desk) -> None:
    with desk.first_set_up() as client:
        client.add(AMAZON)
        client.set_pin(PIN)
        client.list()
        desk.key.crash()
    comes_back_closed(desk)
    assert desk.press() == ""
    with desk.setup_client() as client:
        assert client.hello().state == "locked"


@pytest.mark.usefixtures("usual_flash")
def test_a_crash_does_not_pass_on_that_the_key_was_open(desk: Desk) -> None:
    """It would have been handed over to the next start by `done`, and by nothing else."""
    desk.provision(AMAZON, pin=PIN)
    desk.expect_code(AMAZON)
    desk.key.crash()
    comes_back_closed(desk)
    assert desk.press() == ""


def test_a_crash_while_it_starts(desk: Desk) -> None:
    desk.provision(AMAZON)
    for moment in WHILE_STARTING:
        desk.key.unplug()
        desk.key.plug()
        desk.key.run(moment)
        desk.key.crash()
        comes_back_closed(desk)


def test_crashes_one_after_the_other_end_closed(desk: Desk) -> None:
    """At any moment of a start. (On the published CircuitPython a second one so soon after the first may lead
    to the boot loader: `tests/sealing/test_doors.py`.)
    """
    desk.provision(AMAZON)
    for pause in (0.005, 0.05, 0.15, 0.3, 0.6, 5.0):
        desk.key.crash()
        never_opens(desk, pause)
    assert desk.classes() == [HID]
    desk.expect_code(AMAZON)


def simulated(_: object) -> VirtualKey:
    return SimulatedKey(drive_folder(), BOARD, alone=storage.FILES, unix_time=MORNING, entropy=bytes)


def on_chip(image: Path) -> VirtualKey:
    return ChipKey(image, drive_folder(), start_time=MORNING, alone=storage.FILES, seed=None)


KINDS = [
    pytest.param(simulated, None, id="simulator"),
    *(pytest.param(on_chip, *case.values, id=str(case.id), marks=case.marks) for case in CHIPS),
]


@pytest.mark.parametrize(("make", "image"), KINDS)
def test_a_stuck_random_source_stops_no_command(
    make: Callable[[Path | None], VirtualKey], image: Path | None
) -> None:
    desk = Desk(make(image))
    with desk.first_set_up() as client:
        added = [client.add(account).account for account in (AMAZON, GITHUB, AMAZON)]
        client.set_pin("2580")
        assert [entry.account for entry in client.list()] == added
        client.done()
    assert len(set(added)) == len(added)
    desk.await_face(serial=False)
    desk.replug()
    desk.enter_pin("2580")
    desk.expect_code(AMAZON)
