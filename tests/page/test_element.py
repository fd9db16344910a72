"""A key with a secure element on the page: what the page says about it, and how to open such a key."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.page.conftest import AtPage
from tests.page.desk import PageDesk
from tests.page.seller import PASSPHRASE, Seller
from tests.page.usb import Bus
from tests.support.desk import AMAZON, Desk
from tests.support.keys import new_element
from totpkey.install.drive import drive_folder
from totpkey.locks.passphrase import derive, new_parameters
from totpkey_virtual.simulator import SimulatedKey

pytestmark = pytest.mark.slow

#: It has pins for an element, and colours, by which tests tell what its light asks for.
BOARD = "adafruit_qtpy_rp2040"
PIN = "4912"


@pytest.fixture
def seller(at_page: AtPage, bus: Bus, tmp_path: Path) -> Iterator[Seller]:
    """At the page, with a key whose PIN the element checks, in setup without that PIN: held twice."""
    key = SimulatedKey(drive_folder(), BOARD, unix_time=time.time(), element=new_element)
    key.clock.set_unix(key.true_time)
    lock(Desk(key))
    with PageDesk(tmp_path / "port", bus, key=key) as desk:
        desk.plug_in()
        with desk.bridge.lock:
            key.press(3.3)
            key.run(0.5)
        desk.hold_for_setup()
        yield at_page(desk)


def lock(desk: Desk) -> None:
    parameters = new_parameters()
    with desk.until_done(desk.client()) as client:
        client.add(AMAZON)
        derived = derive(PASSPHRASE, parameters)
        client.set_passphrase(
            derived, parameters.salt, parameters.memory, parameters.passes, parameters.lanes
        )
        client.set_pin(PIN)
    desk.replug()
    desk.enter_pin(PIN)
    # It is taken into use.
    desk.key.run(12)
    desk.unplug()


def looks_at_the_lock(seller: Seller) -> None:
    """After unlocking by the passphrase."""
    seller.unlocks(PASSPHRASE, "lock.passphrase_field")
    seller.is_at("home.title")
    seller.presses("home.lock")


def test_a_key_whose_pin_the_element_checks(seller: Seller) -> None:
    seller.is_at("unlock.title")
    seller.sees("unlock.element")
    assert seller.field("lock.pin_field").count() == 0
    looks_at_the_lock(seller)
    seller.sees("lock.element")
    seller.page.go_back()
    seller.is_at("home.title")
    seller.presses("home.check")
    seller.is_at("check.title")
    expect(seller.page.locator(".findings")).to_contain_text(seller.text("lock.element"))


def test_an_element_that_does_not_answer(seller: Seller) -> None:
    element = seller.desk.key.element
    assert element is not None
    with seller.desk.bridge.lock:
        element.connected = False
    seller.is_at("unlock.title")
    looks_at_the_lock(seller)
    seller.sees("lock.element_gone")
