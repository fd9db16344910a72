"""Lending by the page's rules: card, file, digits, ends and book are read and written as by the command."""

from __future__ import annotations

import random
import struct
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.page.scripts import each, run
from totpkey import errors, lending
from totpkey.accounts.ends import End, unpack, zone_in_words
from totpkey.link.replies import Card, LoansReply
from totpkey_protocol import lending as protocol
from totpkey_protocol import limits
from totpkey_protocol.journal import LOAN

_MODULES = ("rules/lending", "rules/bytes")
NAMES = ("Anna", "安娜", "O'Brien (Köln)*!", "a:b%20c", "x" * limits.LENDER, "😀~_.-")


def cards() -> list[Card]:
    chance = random.Random(7748)
    return [Card(name, chance.randbytes(limits.POINT)) for name in NAMES]


def files() -> list[lending.File]:
    chance = random.Random(5297)
    sizes = (protocol.SEALED_LEAST, protocol.SEALED_LEAST + 1, 200, 400)
    return [lending.File(chance.randbytes(limits.POINT), chance.randbytes(size)) for size in sizes]


#: The text of a card or file, what is read in it, and a card's digits.
_CARD = """
    async ([name, point]) => {
      const card = { name, public: fromHex(point) };
      const text = await writeCard(card);
      const read = await readCard(text);
      return [text, read.name, toHex(read.public), await digitsOf(card)];
    }
"""
_FILE = """
    async ([card, sealed]) => {
      const text = await writeFile({ card: fromHex(card), sealed: fromHex(sealed) });
      const read = await readFile(text);
      return [text, toHex(read.card), toHex(read.sealed)];
    }
"""


def test_a_card_and_its_digits_are_the_command_s() -> None:
    given = [[card.name, card.public.hex()] for card in cards()]
    own = zip(cards(), given, strict=True)
    expected = [[lending.write_card(card), *parts, lending.fingerprint(card)] for card, parts in own]
    assert each(_MODULES, _CARD, given) == expected


def test_a_file_is_the_command_s() -> None:
    given = [[file.card.hex(), file.sealed.hex()] for file in files()]
    expected = [[lending.write_file(file), *parts] for file, parts in zip(files(), given, strict=True)]
    assert each(_MODULES, _FILE, given) == expected


def problems(*given: str) -> Any:
    """What is wrong with each text as a card, and as a file."""
    found = (
        each(_MODULES, f"(text) => {read}(text).then(() => [''])", given) for read in ("readCard", "readFile")
    )
    return [[as_card[0], as_file[0]] for as_card, as_file in zip(*found, strict=True)]


def test_what_is_wrong_with_a_text_has_its_own_name() -> None:
    card, file = lending.write_card(cards()[0]), lending.write_file(files()[0])
    named = {
        card: ["", "file_is_card"],
        file: ["card_is_file", ""],
        "Hello! My card:\n" + card: ["", "file_is_card"],
        card[:40] + "\r\n " + card[40:]: ["", "file_is_card"],
        file[:70] + "\n" + file[70:] + "\n": ["card_is_file", ""],
        card[:-1]: ["card_damaged", "file_is_card"],
        card.replace("Anna", "Anne"): ["card_damaged", "file_is_card"],
        card.replace("Anna", "%41nna"): ["card_damaged", "file_is_card"],
        card.replace("Anna", ""): ["card_damaged", "file_is_card"],
        file[:-1]: ["card_is_file", "file_damaged"],
        file + "A": ["card_is_file", "file_damaged"],
        protocol.FILE: ["card_is_file", "file_damaged"],
        card.replace(":1:", ":2:"): ["card_version", "file_is_card"],
        file.replace(":1:", ":2:"): ["card_is_file", "file_version"],
        "": ["card_none", "file_none"],
        "otpauth://totp/x": ["card_none", "file_none"],
        file + " " * protocol.FILE_MOST: ["card_none", "file_none"],
        file.ljust(protocol.FILE_MOST): ["card_is_file", ""],
        file.ljust(protocol.FILE_MOST + 1): ["card_none", "file_none"],
        card.replace("Anna", "\u0141nna"): ["card_damaged", "file_is_card"],
    }
    assert problems(*named) == list(named.values())


_OWN = """
    const known = given.cards.map(({ name, public: point }) => ({ name, public: fromHex(point) }));
    const cards = await Promise.all(known.map(writeCard));
    const sealed = given.sizes.map((size) => ({ card: known[0].public, sealed: new Uint8Array(size) }));
    return { cards, files: await Promise.all(sealed.map(writeFile)) };
"""


def test_what_has_a_right_checksum_may_be_wrong_all_the_same() -> None:
    """A checksum keeps out damage, and not what somebody made up."""
    names = {
        "A": "",
        "x" * limits.LENDER: "",
        "": "card_damaged",
        "x" * (limits.LENDER + 1): "card_damaged",
        "Anna\n": "card_damaged",
        "An\u202ena": "card_damaged",
        "An\u2028na": "card_damaged",
        "An\u2029na": "card_damaged",
    }
    sizes = {protocol.SEALED_LEAST: "", protocol.SEALED_LEAST - 1: "file_damaged", 0: "file_damaged"}
    public = cards()[0].public.hex()
    each = [{"name": name, "public": public} for name in names]
    made = run(_MODULES, _OWN, {"cards": each, "sizes": list(sizes)})
    assert [as_card for as_card, _ in problems(*made["cards"])] == list(names.values())
    assert [as_file for _, as_file in problems(*made["files"])] == list(sizes.values())
    for card, problem in zip(made["cards"], names.values(), strict=True):
        assert refused(lending.read_card, card) == bool(problem)
    # A public half that is too short or too long.
    for size in (limits.POINT - 1, limits.POINT + 1, 0):
        made = run(_MODULES, _OWN, {"cards": [{"name": "Anna", "public": "07" * size}], "sizes": []})
        assert problems(*made["cards"]) == [["card_damaged", "file_is_card"]]


def refused(read: Any, text: str) -> bool:
    try:
        read(text)
    except errors.Unreadable:
        return True
    return False


def test_what_is_damaged_in_one_place_is_refused_by_both() -> None:
    chance = random.Random(4648)
    card, file = lending.write_card(cards()[2]), lending.write_file(files()[1])
    damaged: list[str] = []
    for text in (card, file):
        for place in range(len(text)):
            other = chance.choice("AZaz09-_%:.")
            if other != text[place]:
                damaged.append(text[:place] + other + text[place + 1 :])
    found = problems(*damaged)
    for text, (as_card, as_file) in zip(damaged, found, strict=True):
        assert as_card, text
        assert as_file, text
        assert refused(lending.read_card, text)
        assert refused(lending.read_file, text)


ENDS = st.builds(
    End,
    until=st.integers(0, limits.TIME_MOST),
    codes=st.none() | st.integers(0, limits.CODES_MOST),
    begins=st.integers(0, 1439),
    ends=st.integers(0, 1439),
    zone=st.integers(-limits.ZONE_MOST, limits.ZONE_MOST),
)


@settings(max_examples=5, deadline=None)
@given(ends=st.lists(ENDS, min_size=20, max_size=60))
def test_an_end_is_packed_as_the_command_packs_it(ends: list[End]) -> None:
    body = """
        return given.map((text) => {
          const end = unpackEnd(text);
          return [end, packEnd(end), zoneOf(end.zone)];
        });
    """
    found = run(_MODULES, body, [end.pack().hex() for end in ends])
    for end, (read, packed, zone) in zip(ends, found, strict=True):
        assert End(**read) == end == unpack(packed)
        assert zone == zone_in_words(end.zone)


LOANS = st.tuples(
    st.integers(0, 1) | st.integers(0, 0xFFFFFFFF),
    st.integers(0, 200_000),
    ENDS | st.builds(End, until=st.integers(1, 200_000)),
    st.just(0) | st.integers(1, 200_000),
    st.text(st.characters(codec="utf-8"), max_size=limits.LENDER),
)


@settings(max_examples=10, deadline=None)
@given(loans=st.lists(LOANS, max_size=30), begin=st.integers(0, 200_000), most=st.integers(1, 100_000))
def test_the_book_is_the_command_s(loans: list[Any], begin: int, most: int) -> None:
    packed = b"".join(
        struct.pack(LOAN, number, account, bytes(8), lent, end.pack(), back, len(name.encode()))
        + name.encode()
        for number, (account, lent, end, back, name) in enumerate(loans, 1)
    )
    body = """
        const loans = readLoans(fromHex(given.packed));
        return loans.map((loan) => [loan, ranIn(loan, given.begin, given.end)]);
    """
    told = {"packed": packed.hex(), "begin": begin, "end": begin + most}
    found = run(_MODULES, body, told)
    read = lending.read_book(LoansReply(False, 0, packed)).loans
    for loan, (told_of, ran) in zip(read, found, strict=True):
        renewed = any(later.account == loan.account for later in read[loan.number :])
        assert (told_of.pop("renewed", False), ran) == (renewed, loan.ran(begin, begin + most))
        parts = {**asdict(loan), "end": loan.end.pack().hex()}
        assert told_of == {name: parts[name] for name in parts if name != "card"}
    for cut in (packed[:-1], packed + b"x") if packed else ():
        with pytest.raises(errors.BadReply):
            lending.read_book(LoansReply(False, 0, cut))
        (refusal,) = each(_MODULES, "(text) => readLoans(fromHex(text))", [cut.hex()])
        assert refusal == ["bad_reply", {"command": "loans"}]


def test_a_file_has_a_plain_name_whoever_it_is_for() -> None:
    body = 'return given.map((name) => fileName("lend", name));'
    assert run(_MODULES, body, ["Anna", "王 小明", "../a/b?"]) == [
        "totpkey-lend-Anna.txt",
        "totpkey-lend-王-小明.txt",
        "totpkey-lend--a-b-.txt",
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_who_lent_until_when_is_said_in_one_line(language: str) -> None:
    body = """
        document.documentElement = {};
        setLanguage(given.language);
        return given.entries.map((entry) => String(sayLent(entry)));
    """
    until = int(datetime(2027, 3, 1).timestamp())
    ends = [
        ("Berlin", End(until=until, codes=5)),
        ("", End(until=until)),
        ("Berlin", End(codes=1, begins=540, ends=0, zone=480)),
    ]
    entries = [{"lender": lender, "end": end.pack().hex()} for lender, end in ends]
    said = run(("parts/lent_words", "ui/words"), body, {"language": language, "entries": entries})
    assert (
        said
        == {
            "en": [
                "lent by Berlin until February 28, 2027, 5 codes left",
                "lent until February 28, 2027",
                "lent by Berlin, 1 code left, 09:00 to 24:00 UTC+8",
            ],
            "zh": [
                "由 Berlin 借出，到 2027 年 2 月 28 日为止，还剩 5 次",
                "已借出，到 2027 年 2 月 28 日为止",
                "由 Berlin 借出，还剩 1 次，每天 09:00 到 24:00（UTC+8）",
            ],
        }[language]
    )


def test_a_day_counts_to_its_end_and_not_beyond_what_a_key_s_clock_can_tell() -> None:
    end = datetime(2027, 1, 1).timestamp()
    last = datetime.fromtimestamp(limits.TIME_MOST)
    fits = last - timedelta(days=1)
    expected = datetime(last.year, last.month, last.day).timestamp()
    refused = ["lend_day", {}]
    cases: list[tuple[str, float, object]] = [
        ("2026-12-31", end - 1, end),
        ("2026-12-31", end, refused),
        ("2026-12-31", end + 1, refused),
        ("", end, 0),
        (f"{fits:%Y-%m-%d}", end, expected),
        (f"{last:%Y-%m-%d}", end, refused),
    ]
    found = each(("rules/lending",), "([day, now]) => untilOf(day, 1000 * now)", [case[:2] for case in cases])
    assert found == [case[2] for case in cases]


def test_a_number_of_codes() -> None:
    most = limits.CODES_MOST
    assert each(("rules/lending",), "codesOf", ["", "  ", "1", f" {most} "]) == [None, None, 1, most]
    wrong = ["0", "-1", "1.5", "x", f"{most + 1}"]
    assert each(("rules/lending",), "codesOf", wrong) == [["lend_codes", {"most": most}]] * len(wrong)


def test_hours_have_both_ends_or_none() -> None:
    hours = "([from, to]) => hoursOf(from, to)"
    assert each(("rules/lending",), hours, [["", ""], ["00:01", "23:59"], ["22:30", "06:05"]]) == [
        {"begins": 0, "ends": 0},
        {"begins": 1, "ends": 1439},
        {"begins": 1350, "ends": 365},
    ]
    wrong = [["09:00", ""], ["", "09:00"], ["09:00", "09:00"]]
    assert each(("rules/lending",), hours, wrong) == [["lend_hours", {}]] * len(wrong)


_CLOCK = """
    const Real = Date;
    globalThis.Date = class extends Real {
      constructor() {
        super(2027, 0, 31, 12);
      }
      getTimezoneOffset() {
        return -345;
      }
    };
"""


def test_days_from_now_and_this_computer_s_zone() -> None:
    body = _CLOCK + "return [given.map(dayIn), zoneHere()];"
    days = ["2027-01-31", "2027-02-01", "2027-02-10", "2027-11-12"]
    assert run(("rules/lending",), body, [0, 1, 10, 285]) == [days, 345]


def test_a_moment_beside_hours_is_told_in_their_zone() -> None:
    """An employee elsewhere reads one sentence with one zone: until the evening of 1 March in Shanghai."""
    body = """
        const own = process.env.TZ;
        process.env.TZ = "America/New_York";
        try {
          return given.map((end) => String(sayLent({ lender: "", end })));
        } finally {
          if (own === undefined) delete process.env.TZ;
          else process.env.TZ = own;
        }
    """
    until = round(datetime(2027, 3, 1, 17, 30, tzinfo=timezone(timedelta(hours=8))).timestamp())
    given = [
        End(until, zone=480, **hours).pack().hex() for hours in ({}, {"begins": 9 * 60, "ends": 18 * 60})
    ]
    local, beside = run(("parts/lent_words",), body, given)
    assert "4:30" in local
    assert "5:30" in beside
    assert "UTC+8" in beside
