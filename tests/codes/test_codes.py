"""A press types the right code, and never a wrong one; the key counts how often each account was used."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.desk import AMAZON, GITHUB, Desk, refused
from tests.support.published import HOTP, TOTP
from totpkey.accounts import codes
from totpkey.accounts.account import Account
from totpkey_protocol import errors, limits
from totpkey_protocol.words import DOUBTFUL

COUNTED = Account("Bank", "me", b"12345678901234567890", type="hotp")
FROM_SEVEN = replace(COUNTED, counter=7)
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


def test_typed_and_read_codes_count(desk: Desk) -> None:
    desk.provision(AMAZON, GITHUB)
    desk.away_from_the_boundary(AMAZON, 8)
    for _ in range(2):
        # Within one period a second press would wait for the next code.
        desk.key.run(31)
        desk.away_from_the_boundary(AMAZON, 8)
        assert desk.press() == desk.code(AMAZON)
    typed_at = desk.key.true_time
    desk.replug()
    with desk.setup_client() as client:
        amazon, github = (entry.account for entry in client.list())
        assert client.uses(github).count == 0
        uses = client.uses(amazon)
        assert uses.count == 2
        assert abs(uses.last - typed_at) < 3
        client.code(github)
        assert client.uses(github).count == 1


def test_a_use_is_stored_when_all_is_typed_and_without_an_erase(desk: Desk) -> None:
    desk.provision(AMAZON)
    desk.press()
    desk.key.run(31)
    desk.away_from_the_boundary(AMAZON)
    before, operations = len(desk.key.usb.reports), len(desk.key.flash_operations)
    sent: list[int] = []
    desk.key.watch_flash(lambda *_: sent.append(len(desk.key.usb.reports) - before))
    code = desk.press()
    assert code == desk.code(AMAZON)
    kinds = {operation.kind for operation in desk.key.flash_operations[operations:]}
    assert kinds == {"program"}
    # The last report, the release, may be on its way to the computer still.
    assert sent
    assert min(sent) >= len(desk.reports_since(before)) - 1


def test_a_code_that_is_read_uses_up_its_count(desk: Desk) -> None:
    with desk.first_set_up() as client:
        client.add(FROM_SEVEN)
        account = client.list()[0].account
        given = [client.code(account).code for _ in range(2)]
        assert given == [codes.hotp(FROM_SEVEN.secret, 7), codes.hotp(FROM_SEVEN.secret, 8)]
        assert client.list()[0].counter == 9


def test_a_use_without_a_clock_has_no_time(desk: Desk) -> None:
    desk.provision(FROM_SEVEN)
    desk.lose_the_time()
    assert desk.press(2) == codes.hotp(FROM_SEVEN.secret, 7)
    with desk.setup_client() as client:
        uses = client.uses(client.list()[0].account)
    assert (uses.count, uses.last) == (1, 0)
