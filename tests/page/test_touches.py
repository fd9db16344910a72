"""How often the owner of a new key with five accounts has to touch it, on the page: docs/consent.md.

Nobody is at the button unless a line says so: where the page asked for it, the walk would end there.
"""

from __future__ import annotations

from tests.page.seller import SHOWN, Seller

PIN = "31428"


def adds_five(seller: Seller) -> None:
    for number in range(5):
        # Each has a secret of its own; the page takes no account twice.
        seller.adds(SHOWN[:-1] + "ABCDE"[number], f"Shop {number}", "me@example.com")
    assert len(seller.accounts()) == 5
    assert seller.page.locator("dialog.touch").count() == 0


def test_five_accounts_take_none(seller: Seller) -> None:
    seller.is_ready()
    adds_five(seller)


def test_with_a_pin_they_take_one_hold(seller: Seller) -> None:
    seller.desk.plug_in()
    seller.sets_up("lock.pin")
    seller.enters("lock.pin_field", PIN)
    seller.enters("lock.again", PIN)
    seller.presses("lock.set")
    seller.consents()
    seller.is_at("home.title")
    adds_five(seller)
