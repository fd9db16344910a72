"""Setup's heap has a floor, after any commands, with the longest names and a full vault; a PIN gets its time.

`make heap` gives 10 000 commands.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.faults.heap import (
    CLOCKS,
    Evening,
    heap_of,
    impatient,
    long_account,
    pieces_of,
    probe,
    probed_desk,
    shatter,
)
from tests.support.cases import sampled
from tests.support.desk import AMAZON, DERIVED, GITHUB, Desk
from tests.support.keys import CHIPS
from totpkey_protocol.words import BLANK, PASSPHRASE, PIN
from totpkey_virtual.flash import SLOWEST
from totpkey_virtual.rv3028 import RV3028

#: No command asks for a larger piece, in bytes. A name has 256; all that is larger was taken
#: when setup began. `test_every_command_runs_in_a_heap_of_small_pieces` shows it.
BLOCK = 384
#: What is free in the midst of a command, in bytes.
FREE = 4608
#: What is free before any command has loaded its module. Of this the longest commands live.
BEGIN = 15_360
#: So many bytes are taken away all the time. Tests see what is free only where the firmware collects garbage,
#: and a command may need more in between. With an element, 100 accounts and SHA-512, hardly any were left.
SPARE = 1024
#: How many commands each of eight keys gets. By `make heap` 1250, which takes an hour.
COMMANDS = int(os.environ.get("TOTPKEY_COMMANDS", "30"))
#: More than these with the longest names of four bytes a character do not fit.
FULL = 299
each_image = pytest.mark.parametrize("image", CHIPS)


def has_the_floor(desk: Desk, number: int) -> None:
    heap = heap_of(desk.key)
    assert heap.block >= BLOCK, (number, heap)
    assert heap.free >= FREE, (number, heap)


def into_setup(desk: Desk, accounts: int) -> None:
    desk.plug_in()
    if accounts:
        desk.hold_for_setup()


def spend(folder: Path, image: Path, accounts: int, faces: bool, commands: int, **parts: object) -> int:
    """Give a key so many commands at random. Returns how often it was full."""
    instrument = partial(probe, spare=SPARE)
    desk = probed_desk(folder, image, accounts, faces=faces, instrument=instrument, **parts)  # type: ignore[arg-type]
    into_setup(desk, accounts)
    with desk.client(desk.obey) as client:
        client.hello()
        assert heap_of(desk.key).free >= BEGIN
        client.set_time(round(desk.key.true_time))
        evening = Evening(desk, client, accounts)
        for number in range(commands):
            evening.command()
            has_the_floor(desk, number)
        evening.check()
    return evening.full


@each_image
@pytest.mark.parametrize("filled", sampled([(0, False), (20, True), (800, False)], [(20, True)]), ids=str)
def test_a_few_commands_leave_the_floor(image: Path, filled: tuple[int, bool], tmp_path: Path) -> None:
    spend(tmp_path, image, *filled, 12)


@each_image
def test_some_more_with_an_element_leave_it(image: Path, tmp_path: Path) -> None:
    """Among them are several accounts with SHA-512, while the key has the memory of a batch."""
    spend(tmp_path, image, 100, True, 40, element=True)


@each_image
def test_every_command_runs_in_a_heap_of_small_pieces(image: Path, tmp_path: Path) -> None:
    """Where gaps lie decides nothing: all free memory is in pieces of BLOCK bytes, with the longest names."""
    desk = probed_desk(tmp_path, image, 20, faces=True, instrument=partial(shatter, piece=BLOCK))
    desk.plug_in()
    with desk.setup_client() as client:
        client.set_time(round(desk.key.true_time))
        pieces = pieces_of(desk.key)
        evening = Evening(desk, client, 1)
        evening.each()
        evening.check()
        # It was the same start of the key all the time.
        assert pieces_of(desk.key) == pieces > 32


@each_image
@pytest.mark.parametrize("accounts", sampled([0, 20, FULL - 10], [20]))
def test_changes_of_locks_leave_the_floor(image: Path, accounts: int, tmp_path: Path) -> None:
    """Two locks, one of them changed, both removed; and after each an account with the longest names."""
    desk = probed_desk(tmp_path, image, accounts, faces=True)
    into_setup(desk, accounts)
    with desk.client(desk.obey) as client:
        client.set_time(round(desk.key.true_time))
        client.add(long_account(1000, face=True))
        changes: list[Callable[[], bool]] = [
            lambda: client.set_pin("13579"),
            lambda: client.set_passphrase(DERIVED, bytes(16), 65536, 3, 4),
            lambda: client.set_pin("24680"),
            lambda: client.remove_slot(PASSPHRASE),
            lambda: client.remove_slot(PIN),
        ]
        for number, change in enumerate(changes):
            assert change()
            client.add(long_account(1001 + number, face=True))
            has_the_floor(desk, number)
        assert len(list(client.list())) == accounts + 1 + len(changes)


@pytest.mark.whole
@each_image
@pytest.mark.parametrize("element", [False, True], ids=["", "element"])
@pytest.mark.parametrize("clock", CLOCKS)
def test_many_commands_leave_the_floor(image: Path, clock: object, element: bool, tmp_path: Path) -> None:
    accounts = FULL if clock is RV3028 else 100
    full = spend(tmp_path, image, accounts, True, COMMANDS, clock=clock, element=element)
    assert full or clock is not RV3028


@pytest.mark.parametrize("image", [pytest.param(None, id="simulator"), *CHIPS])
def test_a_full_key_feeds_the_watchdog_in_every_command(image: Path | None, tmp_path: Path) -> None:
    """To remove an account it opens all buckets, for four seconds and more, and to wipe it blanks them.

    The longest work that only computes is a multiplication in a full heap, of four. The watchdog of this key
    waits for five.
    """
    desk = probed_desk(tmp_path, image, FULL, faces=True, instrument=impatient)
    into_setup(desk, FULL)
    desk.key.set_flash_times(*SLOWEST)
    with desk.client(desk.obey) as client:
        client.set_time(round(desk.key.true_time))
        evening = Evening(desk, client, 1)
        evening.each()
        evening.check()
        client.wipe()
        assert client.hello().state == BLANK


OWN_PIN = "2580"
#: In ms. 1310 to 1360.
OPENS = 1400
#: From the request on: the announcement, the gesture, and 2 s to set the PIN.
ANSWERS = 10_500


@pytest.mark.parametrize("make_kind", CHIPS, indirect=True)
def test_a_pin_entered_with_the_button_opens_in_its_time(desk: Desk) -> None:
    desk.provision(AMAZON, pin=OWN_PIN)
    # Meanwhile it has sealed its accounts under the new data key. Unplugged before, it goes on when it opens.
    desk.replug()
    took = desk.opening(OWN_PIN)
    assert 900 < took <= OPENS
    desk.expect_code(AMAZON)


@pytest.mark.parametrize("make_kind", CHIPS, indirect=True)
def test_a_pin_is_set_in_setup_before_the_watchdog_loses_patience(desk: Desk) -> None:
    """Setup's heap is nearly full: without room made for it, it was collected for 7 s of the watchdog's 8."""
    desk.provision(AMAZON, GITHUB)
    desk.key.press(0.8)
    desk.key.run(0.5)
    desk.replug()
    with desk.setup_client() as client:
        asked = desk.key.uptime_ms
        client.set_pin(OWN_PIN)
        assert desk.key.uptime_ms - asked < ANSWERS
