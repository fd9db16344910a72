"""The fields of an end at their limits, and how hours and zones are written."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from tests.page.scripts import each, run
from totpkey.accounts.ends import End
from totpkey_protocol import limits

_MODULES = ("rules/lending",)


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
    found = each(_MODULES, "([day, now]) => untilOf(day, 1000 * now)", [case[:2] for case in cases])
    assert found == [case[2] for case in cases]


def test_a_number_of_codes() -> None:
    most = limits.CODES_MOST
    assert each(_MODULES, "codesOf", ["", "  ", "1", f" {most} "]) == [None, None, 1, most]
    wrong = ["0", "-1", "1.5", "x", f"{most + 1}"]
    assert each(_MODULES, "codesOf", wrong) == [["lend_codes", {"most": most}]] * len(wrong)


def test_hours_have_both_ends_or_none() -> None:
    hours = "([from, to]) => hoursOf(from, to)"
    assert each(_MODULES, hours, [["", ""], ["00:01", "23:59"], ["22:30", "06:05"]]) == [
        {"begins": 0, "ends": 0},
        {"begins": 1, "ends": 1439},
        {"begins": 1350, "ends": 365},
    ]
    wrong = [["09:00", ""], ["", "09:00"], ["09:00", "09:00"]]
    assert each(_MODULES, hours, wrong) == [["lend_hours", {}]] * len(wrong)


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
    assert run(_MODULES, body, [0, 1, 10, 285]) == [days, 345]


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
