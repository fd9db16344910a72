"""`totpkey card`, `lend`, `accept`, `lease` and `loans`, on the owner's key and two of the staff.

Other commands say of an account that it is lent. The owner sees who could sign in on a day.
"""

from __future__ import annotations

import csv
import io
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.journal.reading import remembered
from tests.lending.envelope import Borrower
from tests.support.terminal import CommandDesk, MakeDesk, Result, desk, make_desk, world
from totpkey import lending
from totpkey.accounts.ends import End, zone_in_words
from totpkey.backups import backup_file
from totpkey.cli import exits
from totpkey.cli.input import ends
from totpkey.doctor.case import GOOD
from totpkey.lending import Loan
from totpkey.link.replies import Card

__all__ = ["desk", "make_desk", "owner", "remembered", "world"]

ANNA, BEN = bytes(range(8, 16)), bytes(range(16, 24))
PHRASE = "granite walnut cobalt ferry"
CODES = ("--codes", "5", "--from", "the shop", "--force")
CARD = lending.write_card(Card("Anna", Borrower().public))


def card_of(desk: CommandDesk, name: str = "Anna", *options: str) -> str:
    made = desk.run("card", "--make", "--name", name, *options, when_asked=desk.agree)
    return made.ended(exits.OK).out.strip()


def lend(desk: CommandDesk, card: str, *options: str) -> Result:
    return desk.run("lend", "till", "--to", card, *(options or CODES), when_asked=desk.agree)


def accept(desk: CommandDesk, source: str, stdin: str = "", touched: bool = True) -> Result:
    when = desk.agree if touched else ()
    return desk.run("accept", source, stdin=stdin, when_asked=when, surely=touched)


@pytest.fixture
def owner(make_desk: MakeDesk) -> CommandDesk:
    desk = make_desk()
    desk.add("Shop:till")
    return desk


def test_an_account_is_lent_and_listed(owner: CommandDesk, make_desk: MakeDesk, tmp_path: Path) -> None:
    anna, file = make_desk(uid=ANNA), tmp_path / "till.lend"
    card = card_of(anna)
    shown = anna.run("card")
    words = lending.fingerprint(lending.read_card(card))
    assert (shown.out.strip(), shown.err.strip()) == (card, f"Anna: {words}")

    lend(owner, card, *CODES, "--out", str(file)).ended(
        exits.OK, f"Anna: {words}", "Shop:till is lent to Anna: 5 codes left."
    )
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "END" not in owner.run("list").out

    accepted = accept(anna, str(file))
    assert accepted.err.splitlines()[-1] == "Shop:till is borrowed from the shop: 5 codes left."
    assert "lent by the shop, 5 codes left" in anna.run("list").out
    assert "lent by the shop, 5 codes left" in anna.run("info").out
    (entry,) = anna.told("list")
    assert (entry["lender"], entry["end"]["codes"]) == ("the shop", 5)


@pytest.mark.slow
def test_a_file_is_accepted_once_and_a_newer_one_renews_it(owner: CommandDesk, make_desk: MakeDesk) -> None:
    anna = make_desk(uid=ANNA)
    card = card_of(anna)
    text = lend(owner, card).out.strip()
    assert accept(anna, text).code == exits.OK
    for _ in range(2):
        accept(anna, text).ended(exits.ERROR, "has accepted this file before")

    text = lend(owner, card, "--codes", "9", "--from", "the boss", "--force").out.strip()
    renewed = accept(anna, text)
    assert renewed.err.splitlines()[-1] == "the boss has renewed Shop:till: 9 codes left."
    assert anna.run("code", "till", when_asked=anna.press_and_wait).code == exits.OK
    assert "lent by the boss, 8 codes left" in anna.run("list").out


@pytest.mark.slow
def test_what_is_borrowed_goes_no_further(owner: CommandDesk, make_desk: MakeDesk) -> None:
    anna, ben = make_desk(uid=ANNA), make_desk(uid=BEN)
    text = lend(owner, card_of(anna)).out
    assert accept(anna, "-", stdin=text).code == exits.OK
    anna.run("lend", "till", "--to", card_of(ben, "Ben"), *CODES).ended(exits.ERROR, "cannot be handed on")
    lease = anna.run("lease", "till", "--codes", "9", "--stdin", stdin=PHRASE)
    assert "cannot be handed on" in lease.err
    cloned = anna.run("clone", ben.port, "--force")
    assert "left out: it is lent, and has an end" in cloned.out


@pytest.mark.slow
def test_only_the_key_of_the_card_opens_it(owner: CommandDesk, make_desk: MakeDesk, tmp_path: Path) -> None:
    anna, ben = make_desk(uid=ANNA), make_desk(uid=BEN)
    text = lend(owner, card_of(anna)).out.strip()
    accept(ben, text, touched=False).ended(exits.NOT_ONE_ACCOUNT, "The key has no card yet.")
    card_of(ben, "Ben")
    text = lend(owner, anna.run("card").out.strip()).out.strip()
    accept(ben, text, touched=False).ended(exits.USAGE, "for another key")
    card_of(anna, "Anna", "--force")
    assert "for an older card of this one" in accept(anna, text, touched=False).err


@pytest.mark.slow
def test_a_card_is_text_file_picture_or_standard_input(owner: CommandDesk, tmp_path: Path) -> None:
    from totpkey_readers.pictures import qr

    card = lending.write_card(Card("Änne", Borrower().public))
    (tmp_path / "card.txt").write_text(card[:70] + "\r\n" + card[70:] + "\n", encoding="utf-8")
    qr.draw(card, 600).save(tmp_path / "card.png")
    for source in (card, str(tmp_path / "card.txt"), str(tmp_path / "card.png")):
        lend(owner, source).ended(exits.OK, "Shop:till is lent to Änne")
    assert lend(owner, card, *CODES, "--qr").out.count("\u2588") > 100


def test_someone_who_does_not_compare_the_words_lends_nothing(owner: CommandDesk) -> None:
    asked = owner.run("lend", "till", "--to", CARD, "--codes", "5", "--from", "me", stdin="n\n")
    assert asked.ended(exits.ERROR, "Nothing was lent.").out == ""


@pytest.mark.slow
def test_a_new_card_asks_before_it_replaces_the_old_one_and_a_lock_brings_one(make_desk: MakeDesk) -> None:
    desk = make_desk(uid=ANNA)
    card = card_of(desk)
    kept = desk.run("card", "--make", "--name", "Anna", stdin="n\n")
    assert "The card is as it was." in kept.err
    assert desk.run("card").out.strip() == card
    card, before = card_of(desk, "Anna", "--force"), card
    assert card != before
    locked = desk.run("pin", "set", "--stdin", stdin="739152", when_asked=desk.agree)
    assert "The key's card is a new one" in locked.err
    assert desk.run("card").out.strip() not in (card, before)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("card", "--make"), "A new card has a name"),
        (("card", "--name", "Anna"), "A new card has a name"),
        (("card", "--make", "--name", "x" * 33), "has 1 to 32 characters"),
        (("lend", "till", "--to", CARD), "Name an end"),
        (("lend", "till", "--to", CARD, "--codes", "5"), "Say who lends it"),
        (("lend", "till", "--to", "totpkey-card:1:Anna:", "--codes", "5"), "The card is damaged"),
        (
            ("lend", "till", "--to", CARD, "--codes", "5", "--from", "x" * 33, "--force"),
            "1 to 32 characters",
        ),
        (("lend", "till", "--to", CARD, "--until", "2026-01-01", *CODES[2:]), "no moment to come"),
        (("lend", "till", "--to", "/nowhere", *CODES), "cannot be read"),
        (("lend", "till", "--to", __file__, *CODES), "This is no card of a key."),
        (("accept", "totpkey-lend:1:AAAA"), "The file is damaged"),
        (("accept", __file__), "This is no file that lends an account."),
        (("card",), "The key has no card yet."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_is_said(owner: CommandDesk, arguments: tuple[str, ...], words: str) -> None:
    result = owner.run(*arguments)
    assert result.code != exits.OK
    assert words in result.err


def test_a_file_is_not_overwritten(owner: CommandDesk, tmp_path: Path) -> None:
    file = tmp_path / "till.lend"
    file.write_text("precious")
    result = owner.run("lend", "till", "--to", CARD, *CODES[:-1], "--out", str(file))
    assert "is there already" in result.err
    assert file.read_text() == "precious"


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
        owner.run(*asked, stdin=PHRASE, when_asked=owner.agree).ended(exits.OK)
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


ANOTHER = "orbit thistle magnet parcel"


def lease(desk: CommandDesk, *options: str, phrase: str = PHRASE, touches: bool = True) -> Result:
    when_asked = desk.agree if touches else ()
    return desk.run("lease", *options, "--stdin", stdin=phrase, when_asked=when_asked)


def test_an_account_is_lent_listed_renewed_and_taken_back(owner: CommandDesk) -> None:
    said = lease(owner, "till", "--codes", "3", "--hours", "9-18", "--zone", "+8").ended(exits.OK).err
    assert said.splitlines()[-1] == "Shop:till is lent: 3 codes left, 09:00 to 18:00 UTC+8."
    listed = owner.run("list").out
    assert "END" in listed
    assert "3 codes left, 09:00 to 18:00 UTC+8" in listed
    (entry,) = owner.told("list")
    assert entry["end"] == {"until": 0, "codes": 3, "begins": 540, "ends": 1080, "zone": 480}
    assert entry["over"] in (None, "hours")
    assert "3 codes left" in owner.run("info").out

    wrong = lease(owner, "till", "--codes", "9", phrase=ANOTHER)
    wrong.ended(exits.USAGE, "not the passphrase with which the account was lent")
    lease(owner, "till", "--codes", "9").ended(exits.OK)
    assert "9 codes left" in owner.run("list").out
    said = lease(owner, "till", "--forever").ended(exits.OK).err
    assert said.splitlines()[-1] == "Shop:till has no end any more."
    assert "END" not in owner.run("list").out


def test_it_says_why_there_is_no_code(owner: CommandDesk) -> None:
    lease(owner, "till", "--codes", "1").ended(exits.OK)
    assert owner.run("code", "till", when_asked=owner.press_and_wait).code == exits.OK
    assert "0 codes left; over: no code is left" in owner.run("info").out
    # Nobody is asked for a gesture that gives nothing.
    owner.run("code", "till").ended(exits.ERROR, "its end has come")


@pytest.mark.slow
def test_a_backup_leaves_it_out_and_says_so(owner: CommandDesk, tmp_path: object) -> None:
    owner.add("Shop:mine")
    lease(owner, "till", "--codes", "5").ended(exits.OK)
    file = f"{tmp_path}/keys.backup"
    result = owner.run("backup", file, "--stdin", stdin=PHRASE, when_asked=owner.agree)
    assert result.code == exits.OK, result.err
    assert "It leaves out what is lent, and has an end: Shop:till." in result.err
    with open(file, "rb") as opened:
        sealed = backup_file.read(opened.read())
    assert [account.name for account in backup_file.unseal(sealed, PHRASE).accounts] == ["Shop:mine"]
    (noted,) = (row for row in owner.told("doctor") if row["name"] == "backup")
    assert noted["grade"] == GOOD, noted


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--forever", "--codes", "3"),
        ("--until", "tomorrow"),
        ("--until", "2027-02-30"),
        ("--hours", "9"),
        ("--hours", "9-9"),
        ("--hours", "25-26"),
        ("--codes", "3", "--zone", "+15"),
        ("--codes", "3", "--zone", "Paris"),
        ("--codes", "0"),
    ],
    ids=" ".join,
)
def test_what_is_no_end_is_a_matter_of_usage(owner: CommandDesk, options: tuple[str, ...]) -> None:
    lease(owner, "till", *options, touches=False).ended(exits.USAGE)


def test_dates_hours_and_offsets_as_people_write_them() -> None:
    new_year = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp())
    assert ends.date("2026-12-31", 0) == new_year
    assert ends.date("2026-12-31", 480) == new_year - 8 * 3600
    assert ends.date("2027-01-01 00:30", -210) == new_year + 1800 + 210 * 60
    assert ends.date("2027-01-01T09:00", 0) == new_year + 9 * 3600
    assert ends.hours_of("9-18") == ends.hours_of("09:00 - 18:00") == (540, 1080)
    assert ends.hours_of("22:30-24:00") == (1350, 0)
    assert ends.hours_of("22-6") == (1320, 360)
    offsets = {"+8": 480, "+05:30": 330, "-3:30": -210, "UTC": 0, "utc+2": 120, "z": 0}
    assert {text: ends.offset_of(text, 0) for text in offsets} == offsets
    local = datetime.fromtimestamp(new_year).astimezone().utcoffset()
    assert local is not None
    assert ends.offset_of(None, new_year) == local.total_seconds() / 60
    for text in ("9:60-10", "-1-3", "9-25", "24:30-3"):
        with pytest.raises(click.UsageError):
            ends.hours_of(text)


def test_an_end_in_words() -> None:
    until = int(datetime(2027, 1, 31, 10, 0, tzinfo=UTC).timestamp())
    assert End(until, 1, zone=480).in_words() == "until 2027-01-31 18:00 UTC+8, 1 code left"
    assert End(begins=1350, ends=0, zone=-210).in_words() == "22:30 to 24:00 UTC-3:30"
    assert zone_in_words(0) == "UTC"
