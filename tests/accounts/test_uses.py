"""How often each account was used, as a real key reports it."""

from __future__ import annotations

from tests.support.desk import AMAZON, GITHUB, Desk
from totpkey.accounts import codes
from totpkey.accounts.account import Account

COUNTED = Account("Bank", "me", b"12345678901234567890", type="hotp", counter=7)


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
        client.add(COUNTED)
        account = client.list()[0].account
        given = [client.code(account).code for _ in range(2)]
        assert given == [codes.hotp(COUNTED.secret, 7), codes.hotp(COUNTED.secret, 8)]
        assert client.list()[0].counter == 9


def test_a_use_without_a_clock_has_no_time(desk: Desk) -> None:
    desk.provision(COUNTED)
    desk.lose_the_time()
    assert desk.press() == codes.hotp(COUNTED.secret, 7)
    with desk.setup_client() as client:
        uses = client.uses(client.list()[0].account)
    assert (uses.count, uses.last) == (1, 0)
