"""A backup goes there and back, and is not lost unseen; the page restores a backup of the command."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.page.conftest import AtPage
from tests.page.desk import PageDesk
from tests.page.seller import PASSPHRASE, SHOWN, Seller
from totpkey.accounts import account
from totpkey.backups import backup_file
from totpkey.locks.passphrase import derive, new_parameters

NOTES = "Recovery: 1234-5678\n第二行"


@pytest.mark.slow
def test_a_backup_there_and_back(seller: Seller) -> None:
    """The same key, made blank, gets all back. tests/page/test_backup_on_paper.py has what is in it."""
    seller.has_an_account()
    seller.adds("JBSW Y3DP EHPK 3PXP", "", "plain")
    made = seller.backs_up(NOTES)
    seller.sees("backup.made", count=2)
    assert Path(made.suggested_filename).match("totpkey-*.backup")
    seller.presses("backup.have")
    seller.sees("backup.done", count=2)
    seller.presses("home.lock")
    seller.wipes()
    seller.consents()
    seller.sets_up()
    seller.presses("home.restore")
    seller.presses("restore.open")
    seller.is_told("problems.backup_choose")
    seller.field("restore.file").set_input_files(made.path())
    seller.enters("lock.passphrase_field", "another passphrase")
    seller.presses("restore.open")
    seller.is_told("problems.backup_closed")
    seller.enters("lock.passphrase_field", PASSPHRASE)
    seller.presses("restore.open")
    seller.sees("restore.notes")
    assert seller.page.locator("pre").inner_text() == NOTES
    seller.presses("next")
    seller.presses("many.save", count=2)
    seller.consents()
    seller.sees("many.saved", count=2)
    assert len(seller.accounts()) == 2


@pytest.mark.slow
def test_a_backup_that_nobody_has_saved_is_not_left_without_a_word(seller: Seller) -> None:
    """After the hold it is in the page alone: Back, the browser's Back and an unplugged key all ask first."""
    seller.has_an_account()
    # The browser saves it by itself, and the page cannot know where to, or whether.
    name = seller.backs_up().suggested_filename
    expect(seller.page.locator(".notice.good")).to_have_count(0)

    def stays() -> None:
        seller.sees("backup.leave_detail", name=name)
        seller.agrees("backup.stay")
        expect(seller.page.locator("dialog")).to_have_count(0)
        seller.is_at("backup.save_title")

    seller.goes_back()
    stays()
    seller.page.go_back()
    stays()
    seller.desk.unplug()
    seller.is_at("backup.save_title")
    with seller.page.expect_download() as again:
        seller.page.get_by_role("link", name=seller.text("backup.save", name=name)).click()
    assert again.value.suggested_filename == name
    seller.goes_back()
    seller.agrees("backup.leave")
    seller.is_at("connect.title")
    seller.is_told("problems.unplugged")


@pytest.mark.slow
def test_a_backup_of_the_command_s_goes_onto_a_blank_key_as_it_was_chosen(
    at_page: AtPage, usb_desk: PageDesk, tmp_path: Path
) -> None:
    path = tmp_path / "keys.backup"
    parameters = new_parameters()
    derived = derive(PASSPHRASE, parameters)
    with usb_desk.client() as client:
        hello = client.hello()
        client.add(account.read(SHOWN, "Amazon:shop").account)
        records = list(client.export(derived))
        client.wipe()
    made = backup_file.make(hello.key, 1_800_000_000, derived, parameters, records)
    path.write_bytes(backup_file.write(made))
    seller = at_page(usb_desk)
    seller.is_at("setup.title")
    seller.presses("setup.more")
    # No backups of this one, and a PIN: that comes before the accounts do.
    seller.page.get_by_role("checkbox").uncheck()
    seller.chooses("lock.pin")
    seller.presses("setup.restore")
    seller.is_at("lock.pin_new")
    seller.sets_lock("31428")
    seller.consents("touch.init")
    seller.consents("touch.set_pin")
    seller.is_at("restore.title")
    seller.field("restore.file").set_input_files(path)
    seller.enters("lock.passphrase_field", PASSPHRASE)
    seller.presses("restore.open")
    seller.presses("many.save", count=1)
    seller.consents()
    seller.sees("many.saved", count=1)
    seller.presses("home.backup")
    seller.is_told("errors.export_off")
    seller.presses("home.lock")
    seller.sees("lock.is_set")
