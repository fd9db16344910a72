"""`totpkey journal` shows and checks what the key gave, and names what is odd about it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import struct
from pathlib import Path

import pytest

from tests.journal.reading import FULL, data_key, marks, remembered, with_marks
from tests.support.terminal import CommandDesk, Result, desk, make_desk, world
from totpkey import journal as journals
from totpkey.cli import exits
from totpkey.journal import Seen

__all__ = ["desk", "make_desk", "remembered", "world"]


def read_code(desk: CommandDesk, name: str) -> None:
    assert desk.run("code", name, when_asked=desk.agree).code == exits.OK


def put_back(desk: CommandDesk, flash: bytes) -> None:
    """Somebody writes this content into the key's flash."""
    desk.unplug()
    desk.key.flash = flash
    desk.plug_in()
    desk.hold_for_setup()


def with_more(flash: bytes, count: int) -> bytes:
    """That flash, after the key gave so many more codes, as they fit into NVM."""
    entries = [struct.pack("<IIB", 5, 1_800_000_000 + number, 0x81) for number in range(count)]
    return with_marks(flash, data_key(flash), entries)


def test_each_key_s_journal_is_remembered() -> None:
    each = {key: Seen(key, count, "00", 1) for count, key in enumerate(("one", "another"))}
    for key, journal in each.items():
        journals.keep(key, journal)
    assert {key: journals.last(key) for key in each} == each


def test_codes_are_shown_and_the_chain_can_be_checked_from_json_alone(desk: CommandDesk) -> None:
    shop, me = desk.add("Shop:staff"), desk.add("GitHub:me")
    read_code(desk, "staff")
    read_code(desk, "GitHub:me")
    result = desk.run("journal").ended(exits.OK)
    head, first, second = result.out.splitlines()
    assert head.split() == ["NUMBER", "TIME", "ACCOUNT", "HOW"]
    assert first.split()[0] == "1"
    assert first.endswith("UTC  Shop:staff  told to a program")
    assert second.endswith("UTC  GitHub:me   told to a program")
    assert "Checked. Entries: 2, ever: 2. The hash up to number 2 is " in result.err
    assert "for the first time" in result.err

    told = desk.told("journal")
    assert (told["count"], told["dropped"], told["findings"]) == (2, 0, [])
    before = bytes.fromhex(told["journal"])
    assert [entry["account"] for entry in told["entries"]] == [shop, me]
    for entry in told["entries"]:
        packed = struct.pack("<IIB", int(entry["account"], 16), entry["time"], 2 | 0x80 * entry["trusted"])
        before = hashlib.sha256(before + packed).digest()[:16]
        assert entry["hash"] == before.hex()
    assert told["hash"] == before.hex()
    assert (told["seen"]["count"], told["seen"]["hash"]) == (2, before.hex())


def test_one_account_and_one_that_was_removed(desk: CommandDesk) -> None:
    shop = desk.add("Shop:staff")
    desk.add("GitHub:me")
    read_code(desk, "staff")
    read_code(desk, "GitHub:me")
    assert desk.run("remove", shop, "--force", when_asked=desk.agree).code == exits.OK
    assert [line.split()[-5] for line in desk.run("journal", "me").out.splitlines()[1:]] == ["GitHub:me"]
    (line,) = desk.run("journal", shop).out.splitlines()[1:]
    assert shop in line
    (entry,) = desk.told("journal", shop)["entries"]
    assert (entry["account"], entry["name"]) == (shop, None)
    assert desk.run("journal", "nobody").code == exits.NOT_ONE_ACCOUNT


def test_a_table_for_spreadsheet_programs_has_no_formula(desk: CommandDesk, tmp_path: Path) -> None:
    account = desk.add("=HYPERLINK(1):me")
    read_code(desk, account)
    file = tmp_path / "codes.csv"
    result = desk.run("journal", "--csv", str(file))
    assert (result.code, result.out) == (exits.OK, "")
    head, row = csv.reader(io.StringIO(file.read_text("utf-8-sig"), newline=""))
    assert head == ["number", "time", "trusted", "account", "name", "how", "hash"]
    assert row[0] == "1"
    assert row[1].endswith("UTC")
    assert row[2:6] == ["yes", account, "'=HYPERLINK(1):me", "told"]
    printed = desk.run("journal", "--csv", "-")
    assert [*csv.reader(io.StringIO(printed.out))] == [head, row]
    assert desk.run("journal", "--csv", "-", "--json").code == exits.USAGE
    assert desk.run("journal", "--csv", str(tmp_path / "no" / "x.csv")).code == exits.ERROR


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@A1", "\t=1", " =1", "＝1", "　＋1"])
def test_no_cell_begins_like_a_formula(cell: str) -> None:
    ((written,),) = csv.reader(io.StringIO(journals.as_csv([[cell]]), newline=""))
    assert written == "'" + cell
    ((harmless,),) = csv.reader(io.StringIO(journals.as_csv([["a=1"]]), newline=""))
    assert harmless == "a=1"


def odd(result: Result) -> list[str]:
    return [line for line in result.err.splitlines() if line.startswith("Warning:")]


def test_an_older_image_of_the_flash_is_named_until_it_is_accepted(desk: CommandDesk) -> None:
    desk.add("Shop:staff")
    desk.add("GitHub:me")
    read_code(desk, "staff")
    older = desk.key.flash
    read_code(desk, "staff")
    assert desk.run("journal").code == exits.OK
    put_back(desk, older)
    for _ in range(2):
        result = desk.run("journal").ended(exits.ERROR)
        (line,) = odd(result)
        assert "The key tells of fewer codes than on " in line
        assert "(1 fewer)" in line
        assert "an older image of its flash was put back" in line
        assert "`totpkey journal --accept`" in result.err
    # It was used since, as often as it had been.
    read_code(desk, "GitHub:me")
    result = desk.run("journal")
    assert (result.code, len(odd(result))) == (exits.ERROR, 1)
    assert "are not those that this computer saw then" in odd(result)[0]
    assert desk.told("journal")["findings"] == [{"kind": "replaced", "count": 0}]
    assert desk.run("journal", "--accept").code == exits.OK
    assert (desk.run("journal").code, odd(desk.run("journal"))) == (exits.OK, [])


@pytest.mark.slow
def test_a_gap_between_two_looks_is_named(desk: CommandDesk) -> None:
    desk.add("Shop:staff")
    desk.add("GitHub:me")
    read_code(desk, "staff")
    assert desk.run("journal").code == exits.OK
    for _ in range(3):
        used = len(marks(desk.key.flash, data_key(desk.key.flash)))
        put_back(desk, with_more(desk.key.flash, FULL - used))
        read_code(desk, "staff")
    result = desk.run("journal")
    told = desk.told("journal")
    (line,) = odd(result)
    assert result.code == exits.PARTIAL
    assert f"A gap, codes: {told['dropped'] - 1}. The key keeps the last 447" in line
    # Now this computer has seen it.
    assert desk.run("journal").code == exits.OK


@pytest.mark.slow
def test_a_wiped_key_has_another_journal(desk: CommandDesk) -> None:
    desk.add("Shop:staff")
    read_code(desk, "staff")
    assert desk.run("journal").code == exits.OK
    assert desk.run("wipe", "--force", when_asked=desk.agree).code == exits.OK
    assert desk.run("journal").code != exits.OK
    desk.add("Shop:staff")
    result = desk.run("journal").ended(exits.ERROR)
    assert "The journal began anew since " in odd(result)[0]


def test_a_key_without_a_use_says_so_and_may_get_a_lock(desk: CommandDesk) -> None:
    desk.add("Shop:staff")
    result = desk.run("journal")
    assert (result.code, result.out) == (exits.OK, "")
    assert "Checked. Entries: 0, ever: 0." in result.err
    assert desk.run("pin", "set", "--stdin", stdin="4912", when_asked=desk.agree).code == exits.OK
    assert desk.run("journal").code == exits.OK
    assert desk.run("lock").code == exits.OK
    assert desk.run("journal").code == exits.LOCKED


def test_what_cannot_be_read_or_kept_is_no_reason_to_fail(desk: CommandDesk, remembered: Path) -> None:
    desk.add("Shop:staff")
    read_code(desk, "staff")
    remembered.mkdir()
    file = remembered / "journals.json"
    for content in ("{", "[]", '{"x": 1}', json.dumps({bytes(range(8)).hex().upper(): {"name": 3}})):
        file.write_text(content)
        result = desk.run("journal")
        assert (result.code, odd(result)) == (exits.OK, [])
    file.unlink()
    remembered.rmdir()
    remembered.write_text("in the way")
    result = desk.run("journal").ended(exits.OK)
    assert "cannot remember what it saw" in odd(result)[0]
