"""The page sets and uses locks, also those of a secure element, and makes a key blank."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.page.browsers import Bus, PageDesk
from tests.page.conftest import AtPage
from tests.page.seller import PASSPHRASE, SHOWN, Seller, catalogues
from tests.support.desk import AMAZON, Desk
from tests.support.keys import new_element
from totpkey.accounts import account
from totpkey.errors import KeyRefused
from totpkey.install.drive import drive_folder
from totpkey.link.replies import Locking
from totpkey.locks.passphrase import derive, new_parameters
from totpkey.web import page_file
from totpkey_protocol import limits
from totpkey_virtual.simulator import SimulatedKey

PIN = "31428"
#: After so long without a touch a key of these tests locks itself, in seconds.
IDLE = 60


def plug_in_setup(seller: Seller) -> None:
    """A key that locks, unplugged and plugged in again, in its setup face."""
    seller.desk.replug_for_setup()
    seller.is_at("unlock.title")


def test_a_pin_from_the_first_set_up_on(seller: Seller) -> None:
    seller.desk.plug_in()
    seller.sets_up("lock.pin")
    seller.sets_lock("12")
    seller.is_told("problems.pin", least=4, most=12)
    seller.sets_lock("1234")
    seller.is_told("problems.pin_weak")
    seller.enters("lock.pin_field", PIN)
    seller.enters("lock.again", PIN[::-1])
    seller.presses("lock.set")
    seller.is_told("problems.differ")
    # What was typed stays, and the second field is the one to look at.
    assert seller.field("lock.pin_field").input_value() == PIN
    expect(seller.field("lock.again")).to_be_focused()
    seller.sets_lock(PIN)
    seller.consents("touch.set_pin")
    seller.is_at("home.title")
    plug_in_setup(seller)
    seller.unlocks("99999")
    seller.is_told("problems.wrong_pin", tries=7)
    seller.enters("lock.pin_field", PIN)
    seller.presses("unlock.button")
    seller.consents("touch.unlock_pin")
    seller.is_at("home.title")
    seller.presses("home.lock")
    seller.presses("lock.now")
    seller.is_at("unlock.title")


@pytest.mark.slow
def test_four_random_words_are_made_open_the_key_and_are_removed(seller: Seller) -> None:
    seller.is_ready()
    seller.presses("home.lock")
    seller.sees("lock.is_none")
    seller.presses("lock.passphrase_add")
    for text, name in (("too short", "short"), ("password1234", "weak")):
        seller.sets_lock(text, "lock.passphrase_field")
        seller.is_told(f"problems.passphrase_{name}", least=12)
    seller.presses("lock.words_make")
    made = seller.page.locator(".made strong").inner_text()
    assert len(made.split()) == 4
    seller.sets_lock(made, "lock.passphrase_field")
    seller.consents()
    seller.sees("lock.passphrase_done")
    plug_in_setup(seller)
    seller.unlocks(made + "!", "lock.passphrase_field")
    seller.is_told("errors.wrong_passphrase")
    seller.unlocks(made, "lock.passphrase_field")
    # It was unplugged there, and goes on there.
    seller.is_at("lock.title")
    seller.presses("lock.passphrase_remove")
    seller.agrees("lock.remove")
    seller.consents()
    seller.sees("lock.removed")
    seller.sees("lock.is_none")


@pytest.mark.slow
def test_what_an_old_copy_opens_is_said_where_a_lock_was_not_entered(seller: Seller) -> None:
    def sets(button: str, field: str, text: str) -> None:
        seller.presses(button)
        seller.sets_lock(text, field)
        seller.consents()

    seller.is_ready()
    seller.presses("home.lock")
    sets("lock.pin_add", "lock.pin_field", PIN)
    seller.sees("lock.pin_done")
    sets("lock.passphrase_add", "lock.passphrase_field", PASSPHRASE)
    seller.sees("lock.passphrase_done")
    # Both were entered since the key came up.
    seller.is_not_told("lock.pin_stays")
    plug_in_setup(seller)
    seller.enters("lock.passphrase_field", PASSPHRASE)
    # The form of the PIN has a button of the same name.
    seller.field("lock.passphrase_field").press("Enter")
    seller.consents()
    seller.is_at("lock.title")
    sets("lock.passphrase_change", "lock.passphrase_field", PASSPHRASE[::-1])
    seller.sees("lock.passphrase_done")
    seller.sees("lock.pin_stays")


@pytest.mark.slow
def test_a_pin_that_is_wrong_too_often_and_a_key_made_blank(seller: Seller) -> None:
    seller.is_ready(PIN)
    plug_in_setup(seller)
    for left in (7, 6, 5):
        seller.unlocks("99999")
        seller.is_told("problems.wrong_pin", tries=left)
    seller.unlocks("99999")
    seller.sees("problems.too_many_tries.cause")
    seller.page.locator("summary", has_text=seller.text("unlock.forgotten")).click()
    seller.presses("wipe.button")
    seller.agrees("keep")
    expect(seller.page.locator("dialog")).to_have_count(0)
    seller.wipes()
    seller.consents()
    seller.is_at("setup.title")


@pytest.mark.slow
def test_a_key_that_never_gives_accounts_away_neither_backs_up_nor_copies_nor_lends(seller: Seller) -> None:
    seller.desk.plug_in()
    seller.is_at("setup.title")
    seller.presses("setup.more")
    box = seller.page.get_by_role("checkbox")
    expect(box).to_be_checked()
    box.uncheck()
    seller.presses("next")
    seller.consents("touch.init")
    seller.adds(SHOWN, "Amazon", "shop")
    for button in ("home.backup", "home.copy", "account.lend"):
        if button == "account.lend":
            seller.opens("shop")
        seller.presses(button)
        seller.is_told("errors.export_off")


@pytest.mark.slow
def test_what_is_settled_about_backups_does_not_pretend_that_it_could_be_changed(seller: Seller) -> None:
    """A PIN for which nobody pressed has not been set; but what was said with it about backups has."""
    seller.desk.plug_in()
    seller.is_at("setup.title")
    seller.presses("setup.more")
    box = seller.page.get_by_role("checkbox")
    box.uncheck()
    seller.chooses("lock.pin")
    seller.presses("next")
    seller.is_at("lock.pin_new")
    # A PIN that the page refuses has not been set either.
    seller.sets_lock("1234")
    seller.is_told("problems.pin_weak")
    seller.goes_back()
    # Until then nothing is, and nothing is forgotten.
    expect(box).to_be_enabled()
    expect(box).not_to_be_checked()
    expect(seller.page.get_by_role("radio", name=seller.text("lock.pin"))).to_be_checked()
    seller.presses("next")
    seller.sets_lock(PIN)
    seller.consents("touch.init")
    seller.sees("touch.set_pin")
    seller.desk.until_asked()
    seller.desk.let_it_wait()
    seller.is_told("errors.press_timeout")
    seller.goes_back()
    seller.sees("setup.settled")
    expect(box).to_be_disabled()
    expect(box).not_to_be_checked()
    seller.chooses("lock.none")
    seller.presses("next")
    seller.is_at("home.title")


def locks_itself(desk: PageDesk) -> None:
    with desk.bridge.lock:
        desk.key.run(IDLE + 1)


def opens_by_pin(seller: Seller) -> None:
    seller.unlocks(PIN)
    seller.is_at("home.title")


@pytest.mark.slow
def test_a_key_that_locks_itself_meanwhile_is_opened_where_it_is_missed(
    at_page: AtPage, usb_desk: PageDesk
) -> None:
    with usb_desk.client() as client:
        client.add(account.read(SHOWN, "Amazon:shop").account)
        client.set_pin(PIN)
        client.set_locking(Locking(IDLE, False))
    seller = at_page(usb_desk)
    seller.is_at("home.title")
    locks_itself(usb_desk)
    # Even what only looks.
    seller.opens("shop")
    seller.is_at("unlock.title")
    seller.is_told("errors.not_allowed")
    opens_by_pin(seller)
    seller.opens("shop")
    seller.sees("account.unused")
    seller.presses("account.rename")
    locks_itself(usb_desk)
    seller.enters("add.label", "office")
    seller.presses("save")
    seller.is_at("unlock.title")
    seller.is_told("errors.not_allowed")
    opens_by_pin(seller)
    assert seller.accounts() == ["Amazon shop"]


@pytest.mark.slow
def test_each_button_of_a_question_says_what_it_does(at_page: AtPage, usb_desk: PageDesk) -> None:
    """In Chinese, 取消 is what closes a window: on the button that removes a lock it says the opposite."""
    seller = at_page(usb_desk, language="zh")
    seller.has_an_account()

    def asked(last: str) -> list[str]:
        dialog = seller.page.locator("dialog")
        buttons = dialog.get_by_role("button").all_inner_texts()
        assert not {"取消", "否", "是", "确定"} & set(buttons), buttons
        seller.agrees("keep")
        assert buttons[-1] == last
        return buttons

    seller.opens("shop")
    seller.presses("account.remove")
    asked("删除")
    seller.presses("home.lock")
    seller.presses("wipe.button")
    asked("全部清除")
    seller.presses("lock.pin_add")
    seller.sets_lock(PIN)
    seller.consents()
    seller.sees("lock.pin_done")
    seller.presses("lock.pin_remove")
    assert "去掉" in seller.page.locator("dialog h2").inner_text()
    assert asked("去掉锁") == ["保留", "去掉锁"]


@pytest.mark.slow
def test_the_word_that_cancels_confirms_nothing() -> None:
    english, chinese = catalogues()["en"], catalogues()["zh"]
    assert [
        name for name, text in chinese.items() if "取消" in text and "cancel" not in english[name].lower()
    ] == []


def lines_of(seller: Seller) -> list[str]:
    """What stands on the screen, a list without empty lines."""
    return [line.strip() for line in seller.page.locator("main").inner_text().splitlines() if line.strip()]


@pytest.mark.slow
def test_a_lock_that_is_missing_is_no_number_on_the_screen(seller: Seller) -> None:
    """The key counts its locks: 0 of a kind is a condition, and nothing to show."""
    seller.page.goto("about:blank")
    with seller.desk.client() as client:
        client.add(account.read(SHOWN, "Amazon:shop").account)
        client.set_pin(PIN)
    seller.desk.replug_for_setup()
    seller.page.goto(page_file().as_uri())
    seller.is_at("unlock.title")
    assert not any(line.strip("0") == "" for line in lines_of(seller)), lines_of(seller)
    seller.page.goto("about:blank")
    for wrong in range(limits.TRIES):
        if wrong % limits.TRIES_A_POWER_UP == 0 and wrong:
            seller.desk.replug_for_setup()
        with seller.desk.bridge.lock:
            seller.desk.key.run(33)
        with seller.desk.client() as client, pytest.raises(KeyRefused):
            client.unlock_pin("99999")
    seller.page.goto(page_file().as_uri())
    seller.sees("unlock.lost", tries=limits.TRIES)
    assert not any(line.strip("0") == "" for line in lines_of(seller)), lines_of(seller)


#: It has pins for an element, and colours, by which tests tell what its light asks for.
BOARD = "adafruit_qtpy_rp2040"
ELEMENT_PIN = "4912"


@pytest.fixture
def owner(at_page: AtPage, bus: Bus, tmp_path: Path) -> Iterator[Seller]:
    """At the page, with a key whose PIN the element checks, in setup without that PIN: held twice."""
    key = SimulatedKey(drive_folder(), BOARD, unix_time=time.time(), element=new_element)
    key.clock.set_unix(key.true_time)
    locks(Desk(key))
    with PageDesk(tmp_path / "port", bus, key=key) as desk:
        desk.plug_in()
        with desk.bridge.lock:
            key.press(3.3)
            key.run(0.5)
        desk.hold_for_setup()
        yield at_page(desk)


def locks(desk: Desk) -> None:
    parameters = new_parameters()
    with desk.until_done(desk.client()) as client:
        client.add(AMAZON)
        derived = derive(PASSPHRASE, parameters)
        client.set_passphrase(
            derived, parameters.salt, parameters.memory, parameters.passes, parameters.lanes
        )
        client.set_pin(ELEMENT_PIN)
    desk.replug()
    desk.enter_pin(ELEMENT_PIN)
    # It is taken into use.
    desk.key.run(12)
    desk.unplug()


@pytest.mark.slow
def test_a_key_whose_pin_the_element_checks_and_one_that_does_not_answer(owner: Seller) -> None:
    owner.is_at("unlock.title")
    owner.sees("unlock.element")
    assert owner.field("lock.pin_field").count() == 0
    owner.unlocks(PASSPHRASE, "lock.passphrase_field")
    owner.is_at("home.title")
    owner.goes_to("lock")
    owner.sees("lock.element")
    owner.goes_home()
    owner.goes_to("check")
    expect(owner.page.locator(".findings")).to_contain_text(owner.text("lock.element"))
    owner.goes_home()
    element = owner.desk.key.element
    assert element is not None
    with owner.desk.bridge.lock:
        element.connected = False
    owner.goes_to("lock")
    owner.sees("lock.element_gone")
