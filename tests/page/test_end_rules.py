"""The fields of an end at their limits, and how hours and zones are written."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from tests.page.scripts import run
from totpkey.accounts.ends import End
from totpkey_protocol import limits

_TRIED = """
    const tried = (work) => {
      try {
        return work();
      } catch ({ name, values }) {
        return [name, values];
      }
    };
"""


def ends(body: str, given: object) -> Any:
    return run(("rules/ends",), _TRIED + body, given)


def test_a_day_counts_to_its_end_and_not_beyond_what_a_key_s_clock_can_tell() -> None:
    body = "return given.map(([day, now]) => tried(() => untilOf(day, 1000 * now)));"
    end = datetime(2027, 1, 1).timestamp()
    last = datetime.fromtimestamp(limits.TIME_MOST)
    assert ends(body, [["2026-12-31", end - 1], ["2026-12-31", end], ["2026-12-31", end + 1], ["", end]]) == [
        end,
        ["lend_day", {}],
        ["lend_day", {}],
        0,
    ]
    fits = last - timedelta(days=1)
    expected = datetime(last.year, last.month, last.day).timestamp()
    assert ends(body, [[f"{fits:%Y-%m-%d}", end], [f"{last:%Y-%m-%d}", end]]) == [expected, ["lend_day", {}]]


def test_a_number_of_codes() -> None:
    body = "return given.map((text) => tried(() => codesOf(text)));"
    refused = ["lend_codes", {"most": limits.CODES_MOST}]
    assert ends(body, ["", "  ", "1", f" {limits.CODES_MOST} "]) == [None, None, 1, limits.CODES_MOST]
    assert ends(body, ["0", "-1", "1.5", "x", f"{limits.CODES_MOST + 1}"]) == [refused] * 5


def test_hours_have_both_ends_or_none() -> None:
    body = "return given.map(([from, to]) => tried(() => hoursOf(from, to)));"
    assert ends(body, [["", ""], ["00:01", "23:59"], ["22:30", "06:05"]]) == [
        {"begins": 0, "ends": 0},
        {"begins": 1, "ends": 1439},
        {"begins": 1350, "ends": 365},
    ]
    assert ends(body, [["09:00", ""], ["", "09:00"], ["09:00", "09:00"]]) == [["lend_hours", {}]] * 3


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
    assert ends(body, [0, 1, 10, 285]) == [days, 345]


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
