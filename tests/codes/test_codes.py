"""A press types the right code, and never a wrong one."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.support.desk import AMAZON, GITHUB, Desk
from tests.support.vectors import HOTP, TOTP
from totpkey.accounts.account import Account
from totpkey.errors import KeyRefused
from totpkey_protocol import errors, limits
from totpkey_protocol.words import DOUBTFUL

COUNTED = Account("Bank", "me", b"12345678901234567890", type="hotp")
YEAR = 365 * 86400


@pytest.mark.quick
def test_a_press_types_the_code(desk: Desk) -> None:
    desk.plug_in()
    desk.provision(AMAZON)
    desk.expect_code(AMAZON)


def test_codes_follow_the_time(desk: Desk) -> None:
    desk.plug_in()
    desk.provision(Account("", "quick", b"a secret of the usual length", period=10))
    account = Account("", "quick", b"a secret of the usual length", period=10)
    seen = set()
    for _ in range(3):
        desk.key.run(10)
        desk.away_from_the_boundary(account)
        code = desk.press()
        assert code == desk.code(account)
        seen.add(code)
    assert len(seen) == 3


def test_accounts_and_time_survive_being_unplugged(desk: Desk) -> None:
    desk.plug_in()
    desk.provision(AMAZON)
    desk.key.unplug()
    desk.key.wait_unplugged(40 * 86400 + 17)
    desk.plug_in()
    desk.expect_code(AMAZON, slow=limits.SLOW_MOST)


def test_holding_chooses_the_next_account(desk: Desk) -> None:
    desk.plug_in()
    desk.provision(AMAZON, GITHUB)
    desk.away_from_the_boundary(AMAZON, 8)
    assert desk.press() == desk.code(AMAZON)
    desk.key.press(0.8)
    desk.key.run(0.3)
    assert desk.press() == desk.code(GITHUB)
    desk.key.press(0.8)
    desk.key.run(30)
    desk.expect_code(AMAZON)


def test_one_report_a_digit_and_a_release_at_the_end(desk: Desk) -> None:
    desk.plug_in()
    desk.provision(AMAZON)
    desk.away_from_the_boundary(AMAZON)
    before = len(desk.key.usb.reports)
    code = desk.press()
    reports = desk.reports_since(before)
    doubles = sum(first == second for first, second in pairwise(code))
    assert len(reports) == len(code) + doubles + 1
    assert reports[-1].data == bytes(8)


def test_nothing_is_typed_while_the_clock_has_lost_its_time(desk: Desk) -> None:
    desk.plug_in()
    desk.provision(AMAZON)
    desk.key.unplug()
    desk.key.clock.lose_battery()
    desk.plug_in()
    assert desk.press() == ""
    # Two flashes every 1.9 s; a key that is ready flashes once in 4.
    assert desk.blinks(4) >= 4


def test_a_doubtful_clock_gives_no_code_to_a_program(desk: Desk) -> None:
    desk.plug_in()
    with desk.client() as client:
        client.set_time(round(desk.key.true_time))
        account, counted = client.add(AMAZON).account, client.add(COUNTED).account
        client.set_limit(limits.LIMIT_LEAST)
    desk.unplug()
    desk.key.wait_unplugged(YEAR)
    desk.plug_in()
    assert desk.press(2) == ""
    desk.hold_for_setup()
    with desk.client() as client:
        assert client.time().clock == DOUBTFUL
        with pytest.raises(KeyRefused) as refused:
            client.code(account)
        assert refused.value.code == errors.CLOCK_DOUBTFUL
        assert client.uses(account).count == 0
        assert client.code(counted).code


def test_the_clock_is_set_again_with_a_press(desk: Desk) -> None:
    desk.plug_in()
    desk.provision(AMAZON)
    desk.key.unplug()
    desk.key.clock.lose_battery()
    desk.plug_in()
    desk.hold_for_setup()
    with desk.client() as client:
        client.set_time(round(desk.key.true_time))
        client.done()
    desk.await_face(serial=False)
    desk.expect_code(AMAZON)


@pytest.mark.quick
def test_the_values_of_the_rfcs(desk: Desk) -> None:
    desk.plug_in()
    with desk.client() as client:
        # By one press, and with few writes.
        client.batch(len(TOTP) + len(HOTP))
        for time, algorithm, secret, code in TOTP:
            account = Account("RFC 6238", f"{algorithm} {time}", secret, algorithm, 8)
            assert client.add(account, time).code == code
        for counter, code in HOTP:
            account = Account("RFC 4226", f"{counter}", b"12345678901234567890")
            assert client.add(account, 30 * counter).code == code


@pytest.mark.parametrize("pressed_for", [0.03, 0.2])
def test_short_and_long_touches_type_once(desk: Desk, pressed_for: float) -> None:
    desk.plug_in()
    desk.provision(AMAZON)
    desk.away_from_the_boundary(AMAZON)
    before = len(desk.key.usb.reports)
    desk.key.press(pressed_for)
    desk.key.run(0.6)
    releases = [report for report in desk.reports_since(before) if report.data == bytes(8)]
    assert len(desk.reports_since(before)) - len(releases) == 6


def test_a_code_by_counter_needs_no_time(desk: Desk) -> None:
    """A key whose clock has lost its time gives it by the command, as by a press."""
    account = Account("RFC 4226", "counted", b"12345678901234567890", type="hotp")
    desk.plug_in()
    desk.provision(account)
    desk.unplug()
    desk.key.clock.lose_battery()
    desk.plug_in()
    desk.hold_for_setup()
    with desk.client() as client:
        given = client.code(client.list()[0].account)
    assert (given.code, given.time) == (HOTP[0][1], 0)
