"""A key's journal holds each code that was typed or told, and an independent reader finds the same."""

from __future__ import annotations

import random
import struct
import zlib
from dataclasses import replace

import pytest

from tests.cuts.cutting import Left, changed
from tests.cuts.kinds import Kind, Simulator, Snapshot
from tests.cuts.scenarios import Scenario, stay
from tests.flash import attacker
from tests.flash.dumped import kind
from tests.journal.reading import (
    FULL,
    KEPT,
    LOST,
    LOST_ENTRY,
    TOLD,
    TORN_ENTRY,
    TRUSTED,
    TYPED,
    UNKNOWN,
    Told,
    data_key,
    dumped,
    parts,
    told,
    with_marks,
)
from tests.support.cases import sampled
from tests.support.desk import AMAZON, COUNTED, GITHUB, Desk, refused
from totpkey.accounts import codes
from totpkey_protocol.errors import NOT_ALLOWED, OUT_OF_RANGE
from totpkey_virtual.flash import DRIVE_START, NVM_START

__all__ = ["kind"]

PIN = "2580"
SIMULATOR = Simulator()


def used_key(desk: Desk) -> None:
    """A key that has typed one code. With two accounts the hold for setup types none."""
    desk.provision(AMAZON, GITHUB)
    desk.expect_code(AMAZON)


def test_what_was_typed_and_told_is_there_in_its_order(desk: Desk) -> None:
    used_key(desk)
    typed_at = desk.key.true_time
    with desk.setup_client() as client:
        amazon, github = (entry.account for entry in client.list())
        client.code(github)
        read_at = desk.key.true_time
        journal = told(client)
        uses = client.uses(github)
    first, second = map(parts, journal.entries)
    assert (first[0], first[2]) == (amazon, TYPED | TRUSTED)
    assert (second[0], second[2]) == (github, TOLD | TRUSTED)
    assert abs(first[1] - typed_at) < 3
    assert abs(second[1] - read_at) < 3
    assert uses.last == second[1]
    assert (journal.count, journal.before) == (2, journal.name)
    flash = desk.key.flash
    assert dumped(flash, data_key(flash)) == journal


def test_without_a_clock_there_is_no_time_and_no_trust(desk: Desk) -> None:
    desk.provision(COUNTED)
    desk.lose_the_time()
    assert desk.press() == codes.hotp(COUNTED.secret, 7)
    with desk.setup_client() as client:
        (entry,) = told(client).entries
    assert parts(entry)[1:] == (0, TYPED)


def test_a_locked_key_tells_nothing_and_a_wiped_one_has_forgotten(desk: Desk) -> None:
    used_key(desk)
    with desk.setup_client() as client:
        client.set_pin(PIN)
        desk.key.run(4)
        before = told(client)
        client.lock()
        with refused(NOT_ALLOWED):
            client.journal()
        client.wipe()
        client.add(AMAZON)
        after = told(client)
    assert before.count == 1
    assert after.count == 0
    assert after.name != before.name


def test_it_goes_on_under_a_new_data_key(desk: Desk) -> None:
    used_key(desk)
    old_key = data_key(desk.key.flash)
    with desk.setup_client() as client:
        account = client.list()[0].account
        client.code(account)
        client.set_pin(PIN)
        # While pages are still sealed under the older key.
        client.code(account)
        desk.key.run(4)
        client.code(account)
        journal = told(client)
    assert [parts(entry)[2] for entry in journal.entries] == [TYPED | TRUSTED] + [TOLD | TRUSTED] * 3
    new_key = data_key(desk.key.flash, PIN)
    assert dumped(desk.key.flash, new_key) == journal
    assert attacker.journal(desk.key.flash, old_key) is None


def test_a_page_beyond_the_end_is_refused(desk: Desk) -> None:
    desk.provision(AMAZON, GITHUB)
    with desk.setup_client() as client:
        assert told(client).count == 0
        with refused(OUT_OF_RANGE):
            client._ask("journal", start=1)


# What somebody did who writes the flash


def lived() -> tuple[Snapshot, bytes]:
    """What a key holds that has typed one code, without power; and its data key."""
    desk = Desk(SIMULATOR.make())
    used_key(desk)
    desk.key.unplug()
    return Snapshot.of(desk.key), data_key(desk.key.flash)


def read_with(snapshot: Snapshot, flash: bytes) -> Told:
    desk = Desk(SIMULATOR.make(replace(snapshot, flash=flash)))
    desk.plug_in()
    with desk.setup_client() as client:
        return told(client)


def entry(account: int, number: int) -> bytes:
    return struct.pack("<IIB", account, 1_800_000_000 + number, TYPED | TRUSTED)


def test_a_mark_of_somebody_without_the_data_key_is_not_proved() -> None:
    snapshot, key = lived()
    genuine = attacker.mark(key, 20, entry(5, 0), attacker.generation(snapshot.flash))
    moved = attacker.mark(key, 40, entry(5, 0), attacker.generation(snapshot.flash))
    invented = attacker.mark(key, 20, entry(5, 0), attacker.generation(snapshot.flash), bytes(8))
    for mark, how in ((genuine, TYPED | TRUSTED), (moved, UNKNOWN), (invented, UNKNOWN)):
        flash = bytearray(snapshot.flash)
        flash[NVM_START + 20 : NVM_START + 40] = mark
        assert parts(read_with(snapshot, bytes(flash)).entries[-1])[2] == how


def test_a_mark_that_was_taken_out_of_the_middle_leaves_a_hole() -> None:
    snapshot, key = lived()
    flash = bytearray(with_marks(snapshot.flash, key, [entry(5, number) for number in range(3)]))
    flash[NVM_START + 40 : NVM_START + 60] = b"\xff" * 20
    entries = read_with(snapshot, bytes(flash)).entries
    assert entries[1:] == (entry(5, 0), TORN_ENTRY, entry(5, 2))


def test_a_page_of_somebody_without_the_data_key_begins_another_journal_and_names_the_loss() -> None:
    snapshot, key = lived()
    (page,) = [page for page in attacker.opened(snapshot.flash, key) if page.kind == attacker.JOURNAL]
    flash = bytearray(snapshot.flash)
    # Without its magic there is no such page.
    flash[page.address] = 0
    gone = read_with(snapshot, bytes(flash))
    assert (gone.count, gone.dropped) == (1, 0)
    # With the right checksum, and another content.
    forged = bytearray(page.payload[:-1]) + bytes((page.payload[-1] ^ 1,))
    head = snapshot.flash[page.address : page.address + 12]
    flash[page.address : page.address + 12] = head
    flash[page.address + 12 : page.address + 16] = struct.pack("<I", zlib.crc32(head + forged))
    flash[page.address + 16 : page.address + 16 + len(forged)] = forged
    told_now = read_with(snapshot, bytes(flash))
    assert told_now.entries[0] == LOST_ENTRY
    assert told_now.count == 2


def test_marks_that_older_firmware_counted_are_named_as_lost() -> None:
    """It counts them into the page of uses, whose generation goes on, and erases them."""
    snapshot, _ = lived()
    uses = max(
        (p for p in attacker.pages(snapshot.flash) if p.kind == attacker.USES), key=lambda p: p.sequence
    )
    flash = bytearray(snapshot.flash)
    payload = bytes((uses.payload[0] + 1,)) + uses.payload[1:]
    head = snapshot.flash[uses.address : uses.address + 12]
    flash[uses.address + 12 : uses.address + 16] = struct.pack("<I", zlib.crc32(head + payload))
    flash[uses.address + 16] = payload[0]
    flash[NVM_START:DRIVE_START] = b"\xff" * 4096
    assert parts(read_with(snapshot, bytes(flash)).entries[-1]) == ("00000000", 0, LOST)


def test_a_mark_of_older_firmware_counts_and_says_no_more_than_it_knows() -> None:
    snapshot, key = lived()
    flash = bytearray(snapshot.flash)
    whole = attacker.mark(key, 20, entry(5, 0), attacker.generation(snapshot.flash))
    flash[NVM_START + 20 : NVM_START + 30] = whole[:10]
    assert parts(read_with(snapshot, bytes(flash)).entries[-1]) == ("00000005", 1_800_000_000, UNKNOWN)


# A long life


def long_lived(kind: Kind = SIMULATOR) -> tuple[Snapshot, bytes]:
    """A key whose NVM is full and whose journal is, too: the next code counts the marks, and drops some."""
    snapshot, key = lived()
    for turn in range(3):
        marks = [entry(turn, number) for number in range(FULL - 1)]
        flash = with_marks(snapshot.flash, key, marks)
        snapshot = Snapshot(flash, snapshot.true_time + 60, snapshot.ahead)
        if turn < 2:
            desk = Desk(SIMULATOR.make(snapshot))
            desk.plug_in()
            desk.expect_code(AMAZON)
            # Slow flash is still being written once the code is there.
            desk.key.run(2)
            desk.key.unplug()
            snapshot = Snapshot.of(desk.key)
    return kind.transplant(snapshot), key


def test_the_oldest_are_dropped_and_still_counted(kind: Kind) -> None:
    snapshot, key = long_lived(kind)
    before = dumped(snapshot.flash, key)
    assert (before.count, len(before.entries)) == (3 * FULL, KEPT)
    desk = Desk(kind.make(snapshot))
    desk.plug_in()
    desk.expect_code(AMAZON)
    desk.key.run(2)
    # Two pages were written, and NVM was erased.
    assert attacker.generation(desk.key.flash) == attacker.generation(snapshot.flash) + 1
    with desk.setup_client() as client:
        after = told(client)
    assert (after.count, len(after.entries)) == (before.count + 1, KEPT)
    assert after == dumped(desk.key.flash, key)
    assert after.hash == attacker.chained(before.hash, after.entries[-1:])


#: The results of cuts are checked in so many parts.
PARTS = range(24)


@pytest.mark.usefixtures("usual_flash")
@pytest.mark.parametrize("part", sampled([*PARTS], [0]))
@pytest.mark.parametrize("full", [True, False], ids=["that counts the marks", "that does not"])
def test_a_cut_at_any_flash_operation_of_a_press(full: bool, part: int) -> None:
    snapshot, key = long_lived() if full else lived()
    before = dumped(snapshot.flash, key)
    press = Scenario("a press", (), lambda desk: desk.expect_code(AMAZON), stay)
    trace = changed(press, SIMULATOR, replace(snapshot, true_time=snapshot.true_time + 60))
    after = dumped(trace.end.flash, key)
    assert after.count == before.count + 1
    left = trace.left()
    assert left
    for each in random.Random(1).sample(left, len(left))[part :: len(PARTS)]:
        assert_one_or_none_more(each, before, after)


def assert_one_or_none_more(left: Left, before: Told, after: Told) -> None:
    """After the cut, and after one more code, the journal has what it had, and at most the present code."""
    desk = Desk(SIMULATOR.make(left.snapshot))
    desk.plug_in()
    desk.key.run(35)
    desk.expect_code(AMAZON)
    with desk.setup_client() as client:
        now = told(client)
    come = now.entries[len(before.entries) - (now.dropped - before.dropped) : -1]
    last = after.entries[-1]
    assert come in ((), (last,), (TORN_ENTRY,), (last[:8] + bytes((UNKNOWN,)),)), left.cuts[0]
    assert now.hash == attacker.chained(before.hash, [*come, now.entries[-1]]), left.cuts[0]
    assert parts(now.entries[-1])[2] == TYPED | TRUSTED
