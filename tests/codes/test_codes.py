"""A press types the right code, and never a wrong one."""

from __future__ import annotations

import pytest

from tests.support.desk import AMAZON, Desk, refused
from tests.support.published import HOTP, TOTP
from totpkey.accounts.account import Account
from totpkey_protocol import errors, limits
from totpkey_protocol.words import DOUBTFUL

COUNTED = Account("Bank", "me", b"12345678901234567890", type="hotp")
YEAR = 365 * 86400


@pytest.mark.quick
def test_a_press_types_the_code(desk: Desk) -> None:
    desk.provision(AMAZON)
    desk.expect_code(AMAZON)


def test_a_doubtful_clock_gives_no_code_to_a_program(desk: Desk) -> None:
    with desk.client() as client:
        client.set_time(round(desk.key.true_time))
        account, counted = client.add(AMAZON).account, client.add(COUNTED).account
        client.set_limit(limits.LIMIT_LEAST)
    desk.unplug()
    desk.key.wait_unplugged(YEAR)
    desk.plug_in()
    assert desk.press(2) == ""
    with desk.setup_client() as client:
        assert client.time().clock == DOUBTFUL
        with refused(errors.CLOCK_DOUBTFUL):
            client.code(account)
        assert client.uses(account).count == 0
        assert client.code(counted).code


@pytest.mark.quick
def test_the_values_of_the_rfcs(desk: Desk) -> None:
    with desk.client() as client:
        # By one press, and with few writes.
        client.batch(len(TOTP) + len(HOTP))
        for time, algorithm, secret, code in TOTP:
            account = Account("RFC 6238", f"{algorithm} {time}", secret, algorithm, 8)
            assert client.add(account, time).code == code
        for counter, code in HOTP:
            account = Account("RFC 4226", f"{counter}", b"12345678901234567890")
            assert client.add(account, 30 * counter).code == code


def test_a_code_by_counter_needs_no_time(desk: Desk) -> None:
    """A key whose clock has lost its time gives it by the command, as by a press."""
    account = Account("RFC 4226", "counted", b"12345678901234567890", type="hotp")
    desk.provision(account)
    desk.lose_the_time()
    with desk.setup_client() as client:
        given = client.code(client.list()[0].account)
    assert (given.code, given.time) == (HOTP[0][1], 0)
