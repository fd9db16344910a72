"""Dates, and the time kept between the clock chip's seconds."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from totpkey_firmware.clock.dates import unix_time, utc
from totpkey_firmware.ticks import add, since
from totpkey_protocol import limits

TIMES = st.integers(0, limits.TIME_MOST)


@given(TIMES)
def test_dates_agree_with_datetime(time: int) -> None:
    moment = datetime.fromtimestamp(time, UTC)
    assert utc(time) == (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    assert unix_time(*utc(time)) == time


@given(st.integers(0, (1 << 29) - 1), st.integers(0, (1 << 29) - 1))
def test_ticks_wrap(ticks: int, milliseconds: int) -> None:
    assert since(ticks, add(ticks, milliseconds)) == milliseconds
