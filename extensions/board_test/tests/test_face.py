"""The test face: what a key without accounts lets a board test see and try, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.damage import broken
from tests.support.desk import AMAZON, HID, Desk
from tests.support.keys import MORNING, MakeKey
from totpkey import errors
from totpkey.cli.simulation.drill import DirectTransport
from totpkey.install.drive import drive_folder
from totpkey_board_test.bench import BoardClient
from totpkey_protocol import commands, limits
from totpkey_protocol.errors import BUSY, NOT_ALLOWED
from totpkey_protocol.words import BLANK, KEYPAD
from totpkey_test_face.definition import DIGITS, GOES_LOW, MOST_DIGITS, PULLED_DOWN, PULLED_UP
from totpkey_virtual.simulator import SimulatedKey

#: A DS3231's address (19-5170), and the places of its seconds and its ageing.
DS3231, SECONDS, AGEING = 0x68, 0, 0x10


@pytest.fixture
def desk(make_key: MakeKey) -> Desk:
    """Both kinds of key in turn, and no port."""
    return Desk(make_key(drive_folder()))


def enter(desk: Desk) -> BoardClient:
    """Bring a new key into its test face, and talk to it."""
    with desk.client() as client:
        client.board_test()
    restarted(desk)
    return board(desk)


def restarted(desk: Desk) -> None:
    assert desk.key.run_until(lambda: desk.key.usb.enumeration is None, 10)
    desk.await_face(serial=True)


def board(desk: Desk) -> BoardClient:
    client = BoardClient(
        DirectTransport(desk.key), now=lambda: desk.key.true_time, ticks=lambda: desk.key.uptime_ms / 1000
    )
    client.seen()
    return client


def test_it_tells_of_wires_button_and_lock_keys(desk: Desk) -> None:
    with enter(desk) as client:
        first = client.seen()
        for _ in range(3):
            desk.key.press()
            desk.key.run(0.3)
        desk.computer.keys.report(b"\0\0\x39\0\0\0\0\0")  # CapsLock, on another keyboard
        desk.computer.tell_leds()
        desk.key.run(1)
        second = client.seen()
    assert (first.answers, first.exchanged) == (bytes([DS3231]), b"")
    assert first.lines == 0x11 * (PULLED_UP | PULLED_DOWN | GOES_LOW)
    assert (first.presses, first.bounces, first.locks, first.pauses) == (0, 0, 1, 0)
    assert (second.presses, second.bounces, second.locks) == (3, 0, 3)
    assert 60 <= second.shortest <= 100
    assert first.registers[SECONDS] != second.registers[SECONDS]
    assert 1 <= second.up - first.up <= 4


def test_it_tries_a_register_and_the_flash_and_leaves_both_as_they_were(desk: Desk) -> None:
    with enter(desk) as client:
        before, flash = client.seen().registers, desk.key.flash
        assert [client.register(AGEING, value) for value in (0x55, 0)] == [0x55, 0]
        assert client.second(SECONDS)[SECONDS] != before[SECONDS]
        assert client.seen().registers[AGEING] == before[AGEING]
        assert client.store() == b""
        assert desk.key.flash == flash


def test_power_that_is_cut_while_it_tries_the_flash_leaves_a_new_key(desk: Desk) -> None:
    with enter(desk) as client:
        client.send("board_store")
        desk.key.run(2)
        desk.unplug()
    with desk.client() as again:
        assert again.hello().state == BLANK
        again.set_time(round(desk.key.true_time))
        again.add(AMAZON)
        assert [account.label for account in again.list()] == [AMAZON.label]


@pytest.mark.parametrize("count", [7, MOST_DIGITS])
def test_it_types_after_a_press_and_only_once(desk: Desk, count: int) -> None:
    with enter(desk) as client:
        before = len(desk.computer.text)
        client.type(KEYPAD, count)
        desk.key.run(2)
        assert len(desk.computer.text) == before, "nobody has pressed"
        desk.key.press()
        desk.key.run(1 + 0.02 * count)
        typed = desk.computer.text[before:]
        desk.key.press()
        desk.key.run(1)
    assert typed == desk.computer.text[before:] == (DIGITS * count)[:count]


def test_a_press_that_comes_too_late_types_nothing(desk: Desk) -> None:
    with enter(desk) as client:
        before = len(desk.key.usb.reports)
        client.type(KEYPAD)
        desk.key.run(limits.PRESS_WAIT + 1)
        desk.key.press()
        desk.key.run(1)
    assert desk.reports_since(before) == []


def test_afterwards_it_is_a_new_key_like_any_other(desk: Desk) -> None:
    with enter(desk) as client:
        client.done()
        restarted(desk)
    with desk.first_set_up() as again:
        again.add(AMAZON)
        assert [account.label for account in again.list()] == [AMAZON.label]


@pytest.mark.simulator_only(reason="it runs for ten minutes")
def test_it_ends_when_nobody_asks_any_more(desk: Desk) -> None:
    with enter(desk):
        pass
    desk.key.run(limits.SETUP_IDLE - 20)
    assert desk.key.usb.enumeration is not None
    desk.key.run(25)
    desk.await_face(serial=True)
    with desk.client() as again:
        assert again.hello().state == BLANK


def test_a_key_with_accounts_has_no_test_face(desk: Desk) -> None:
    desk.provision(AMAZON)
    with desk.setup_client() as client:
        with pytest.raises(errors.KeyRefused) as refused:
            client.board_test()
        assert refused.value.code == NOT_ALLOWED
        desk.key.run(2)
        assert client.hello().accounts == 1


@pytest.mark.slow
def test_a_note_brings_no_key_with_accounts_there(drive_copy: Path) -> None:
    """Whatever has left it: the test face looks for itself."""
    asked = "restart_notes.note_trial(restart_notes.TEST), restart(restart_notes.SETUP)"
    broken(drive_copy, "key.py", "restart(restart_notes.SETUP)", asked)
    desk = Desk(SimulatedKey(drive_copy, unix_time=MORNING))
    desk.provision(AMAZON)
    desk.key.set_button(True)
    assert desk.key.run_until(lambda: desk.key.usb.enumeration is None, 10)
    desk.key.set_button(False)
    desk.await_face(serial=False)
    assert set(desk.classes()) == {HID}


def test_no_other_command_gets_an_answer_meanwhile(desk: Desk) -> None:
    with enter(desk):
        transport = DirectTransport(desk.key)
        for number, command in enumerate(commands.COMMANDS):
            transport.write(json.dumps({"id": number, "command": command.name}).encode() + b"\n")
            assert json.loads(transport.read(1)) == {"id": number, "error": BUSY}


def test_a_program_that_meets_it_is_told_to_unplug_the_key(desk: Desk) -> None:
    with enter(desk), pytest.raises(errors.KeyRefused) as refused:
        desk.client()
    assert refused.value.code == BUSY
    assert "unplug it" in refused.value.remedy
