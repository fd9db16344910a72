"""A key that has never typed believes no time before the one when it was set up."""

from __future__ import annotations

from tests.support.desk import AMAZON, Desk

DAYS = 3 * 86400


def test_a_chip_set_back_before_the_first_code_gives_none(desk: Desk) -> None:
    desk.plug_in()
    desk.provision(AMAZON)
    desk.unplug()
    desk.key.clock.set_unix(desk.key.true_time - DAYS)
    desk.plug_in()
    assert desk.press() == ""


def test_the_same_where_the_chip_is_right(desk: Desk) -> None:
    desk.plug_in()
    desk.provision(AMAZON)
    desk.replug()
    desk.away_from_the_boundary(AMAZON)
    assert desk.press() == desk.code(AMAZON)
