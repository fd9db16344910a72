"""`totpkey loans` on the owner's key: what it lent, who could sign in on a day, and what was taken back."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.journal.reading import remembered
from tests.lending.commands.staff import ANNA, BEN, accept, card_of, lend, owner
from tests.support.terminal import CommandDesk, MakeDesk
from totpkey.accounts.ends import End
from totpkey.cli import exits
from totpkey.lending import Loan

__all__ = ["owner", "remembered"]
PHRASE = "granite walnut cobalt ferry"


def rows(text: str) -> list[list[str]]:
    """The cells of a table, whose columns are two spaces apart."""
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in text.splitlines()]


def day_of(desk: CommandDesk, later: int = 0) -> str:
    return f"{datetime.fromtimestamp(desk.key.true_time) + timedelta(days=later):%Y-%m-%d}"


@pytest.mark.slow
def test_who_could_sign_in_on_a_day(owner: CommandDesk, make_desk: MakeDesk, tmp_path: Path) -> None:
    anna = make_desk(uid=ANNA)
    assert "has lent nothing by a file" in owner.run("loans").err
    card = card_of(anna)
    until = day_of(owner, 30)
    text = lend(owner, card, "--until", until, "--from", "the shop", "--force").out.strip()
    assert accept(anna, text).code == exits.OK
    assert anna.run("code", "till", when_asked=anna.press_and_wait).code == exits.OK
    assert lend(owner, card).code == exits.OK
    assert lend(owner, card_of(make_desk(uid=BEN), "Ben")).code == exits.OK
    head, first, second, third = rows(owner.run("loans").out)
    assert head == ["NUMBER", "ACCOUNT", "TO", "LENT", "UNTIL", "STATE"]
    assert [first[0], *first[1:3], first[5]] == ["1", "Shop:till", "Anna", "renewed by 2"]
    assert first[4].startswith(f"until {day_of(owner, 31)}")
    assert (second[2], second[4:]) == ("Anna", ["5 codes left", "runs"])
    assert third[2] == "Ben"

    back = owner.run("loans", "--back", "2", when_asked=owner.agree)
    assert [row[5].split(" 2")[0] for row in rows(back.out)[1:]] == ["taken back", "taken back", "runs"]
    assert "no loan of that number" in owner.run("loans", "--back", "9").err

    journal, whole = tmp_path / "anna.csv", tmp_path / "book.csv"
    assert anna.run("journal", "--csv", str(journal)).code == exits.OK
    today = owner.run("loans", "--on", day_of(owner), "--journal", str(journal))
    assert "Whoever had this key itself" in today.err
    assert [row[2] for row in rows(today.out)[1:4]] == ["Anna", "Anna", "Ben"]
    assert rows(today.out)[4] == ["TIME", "KEY", "ACCOUNT", "HOW"]
    assert rows(today.out)[5][1:] == ["anna", "Shop:till", "told to a program"]
    tomorrow = owner.run("loans", "--on", day_of(owner, 1), "--journal", str(journal))
    assert [row[2] for row in rows(tomorrow.out)[1:]] == ["Ben"]
    yesterday = owner.run("loans", "--on", day_of(owner, -1))
    assert (yesterday.out, "No loan ran on that day." in yesterday.err) == ("", True)
    assert owner.run("loans", "--journal", str(journal), "--csv", str(whole)).code == exits.OK
    kept = list(csv.reader(io.StringIO(whole.read_text(encoding="utf-8-sig"))))
    assert [len(row) for row in kept] == [6] * 4 + [4] * 2


@pytest.mark.slow
def test_a_backup_has_the_book_in_its_notes(owner: CommandDesk, make_desk: MakeDesk, tmp_path: Path) -> None:
    card, notes = card_of(make_desk(uid=ANNA)), tmp_path / "notes.txt"
    notes.write_text("code 1\n")
    for lent in (False, True):
        made = str(tmp_path / f"{lent}.backup")
        if lent:
            assert lend(owner, card).code == exits.OK
        asked = "backup", "--notes", str(notes), "--stdin", made
        backup = owner.run(*asked, stdin=PHRASE, when_asked=owner.agree)
        assert backup.code == exits.OK, backup.err
        shown = owner.run("backup", "verify", "--notes", "--stdin", made, stdin=PHRASE).out
        assert shown.startswith("code 1\n")
        assert ("\tShop:till\tAnna\t" in shown) == lent


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"number,time\r\n1,2\r\n",
        b"number,time,trusted,account,name,how,hash\r\n1,today,yes,a,b,typed,c\r\n",
        b"number,time,trusted,account,name,how,hash\r\n1,,yes,a,b,sung,c\r\n",
        b"number,time,trusted,account,name,how,hash\r\n1,,yes\r\n",
    ],
    ids=len,
)
def test_another_file_is_no_journal(owner: CommandDesk, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    assert "is no journal of a key" in owner.run("loans", "--journal", str(tmp_path / "x.csv")).err


def test_a_code_without_a_sure_time_may_be_of_any_day(owner: CommandDesk, tmp_path: Path) -> None:
    head = b"number,time,trusted,account,name,how,hash\r\n"
    times = b"1,,,0000002a,,torn,x\r\n2,2027-01-02 03:04:05 UTC,no,0000002a,till,typed,x\r\n"
    (tmp_path / "anna.csv").write_bytes(head + times + times.replace(b",no,", b",yes,")[22:])
    shown = owner.run("loans", "--on", "2028-03-03", "--journal", str(tmp_path / "anna.csv"))
    assert [row[0] for row in rows(shown.out)[1:]] == ["with no time", "2027-01-02 03:04:05 UTC, not trusted"]


moments = st.integers(0, 5 * 24)


@given(lent=moments, until=moments, back=moments, day=moments)
def test_a_loan_ran_on_a_day_if_it_did_in_one_of_its_hours(
    lent: int, until: int, back: int, day: int
) -> None:
    loan = Loan(1, "", "", lent, End(until), back, "")
    ran = any(lent <= hour < min(until or hour + 1, back or hour + 1) for hour in range(day, day + 24))
    assert loan.ran(day, day + 24) == ran
