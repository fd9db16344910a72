"""Copying accounts to a second key: the first seals them, the second opens them, one touch on each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.page.desk import PageDesk
from tests.page.seller import SECRET, SHOWN, Seller
from tests.page.surroundings import Bus
from totpkey.accounts.account import Account

pytestmark = pytest.mark.slow

PIN = "31428"
#: Another setup key, of the same length. It belongs to nobody, either.
OTHER = SHOWN[:-1] + "A"


@pytest.fixture
def second(tmp_path: Path, bus: Bus) -> Iterator[PageDesk]:
    """A second new key, unplugged, on the same bus."""
    with PageDesk(tmp_path / "second", bus, uid=bytes(range(8, 16))) as desk:
        yield desk


def names(desk: PageDesk) -> list[str]:
    with desk.client() as client:
        return [account.name for account in client.list()]


def with_two_accounts(seller: Seller) -> None:
    seller.is_ready()
    seller.adds(SHOWN, "Amazon", "me")
    seller.adds(OTHER, "GitHub", "me")
    seller.presses("home.copy")
    seller.is_at("copy.title")


def copies(seller: Seller, desk: PageDesk, count: int) -> None:
    """Connect that key as the second, and make both gestures."""
    desk.plug_in()
    seller.presses("copy.connect")
    seller.presses("copy.button", count=count)
    seller.consents("touch.clone_send")
    Seller(seller.page, desk).consents("touch.batch", count=count)
    seller.sees("copy.done", count=count)


def test_a_team_s_new_keys_get_all_accounts_and_type_their_codes(
    seller: Seller, second: PageDesk, tmp_path: Path, bus: Bus
) -> None:
    with_two_accounts(seller)
    copies(seller, second, 2)
    seller.sees("copy.locks")
    # The page has let it go, with a clock that is right.
    assert names(second) == ["Amazon:me", "GitHub:me"]
    with second.client() as client:
        client.done()
    second.until(lambda: not second.bridge.path.exists())
    with second.bridge.lock:
        second.key.run(31)
    Seller(seller.page, second).types_its_code(ahead=31)
    second.unplug()
    with PageDesk(tmp_path / "third", bus, uid=bytes(range(16, 24))) as third:
        copies(seller, third, 2)
        assert names(third) == ["Amazon:me", "GitHub:me"]
    seller.presses("enroll.finished")
    seller.is_at("home.title")
    assert len(seller.accounts()) == 2


def test_what_the_second_key_has_is_left_out(seller: Seller, second: PageDesk) -> None:
    with_two_accounts(seller)
    with second.client() as client:
        client.set_time(round(second.key.true_time))
        client.add(Account("Amazon", "me", SECRET))
        client.add(Account("GitHub", "me", SECRET, digits=8))
    second.replug_for_setup()
    seller.presses("copy.connect")
    seller.sees("copy.plan", count=0, all=2)
    seller.sees("copy.known")
    seller.sees("copy.other")
    seller.presses("enroll.finished")
    seller.is_at("home.title")


def test_a_second_key_that_is_locked_or_goes_away(seller: Seller, second: PageDesk) -> None:
    with_two_accounts(seller)
    with second.client() as client:
        client.add(Account("Old", "me", SECRET))
        client.set_pin(PIN)
    second.replug_for_setup()
    seller.presses("copy.connect")
    seller.is_told("problems.copy_locked")
    # Its port is free.
    with second.client() as client:
        assert client.hello().state == "locked"
        client.unlock_pin(PIN)
    seller.presses("copy.connect")
    seller.presses("copy.button", count=2)
    seller.consents()
    seller.sees("touch.batch", count=2)
    second.unplug()
    seller.is_told("problems.unplugged")
    assert seller.page.locator("dialog.touch").count() == 0
    # The first is as before.
    seller.goes_home()


def test_an_interrupted_copy_goes_on_with_what_is_missing(seller: Seller, second: PageDesk) -> None:
    seller.is_ready()
    seller.adds(SHOWN, "Amazon", "me")
    seller.adds(OTHER, "GitHub", "me")
    seller.opens("GitHub")
    # What types more than digits wants a touch of its own, on the second key too.
    seller.presses("account.enter_on")
    seller.consents()
    seller.sees("account.enter_is_on", name="GitHub:me")
    seller.presses("home.copy")
    second.plug_in()
    other = Seller(seller.page, second)
    seller.presses("copy.connect")
    seller.presses("copy.button", count=2)
    seller.consents()
    other.consents()
    other.is_asked()
    seller.agrees("cancel")
    seller.is_told("problems.withdrawn")
    seller.presses("copy.button", count=2)
    seller.consents()
    other.consents("touch.batch", count=1)
    other.consents()
    seller.sees("copy.done", count=2)
    assert names(second) == ["Amazon:me", "GitHub:me"]
