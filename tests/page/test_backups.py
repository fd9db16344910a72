"""A backup of the page opens with the command, and the page restores a backup of the command."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.page.seller import PASSPHRASE, SHOWN, Seller
from totpkey.accounts import account
from totpkey.backups import backup_file
from totpkey.link.client import KeyClient
from totpkey.link.conversation import Touch
from totpkey.locks.passphrase import derive, new_parameters
from totpkey_readers.records import base32

NOTES = "Recovery: 1234-5678\n第二行"


def made(seller: Seller, folder: Path) -> Path:
    """A backup of the key's accounts, made on the page."""
    seller.begins_a_backup(NOTES)
    with seller.page.expect_download() as download:
        seller.presses("backup.make")
        seller.sees("touch.export")
        seller.consents()
    seller.sees("backup.made", count=2)
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    seller.presses("backup.have")
    seller.sees("backup.done", count=2)
    return path


@pytest.mark.slow
def test_a_backup_there_and_back(seller: Seller, tmp_path: Path) -> None:
    seller.is_ready()
    seller.adds(SHOWN, "Amazon", "shop")
    seller.adds("JBSW Y3DP EHPK 3PXP", "", "plain")
    path = made(seller, tmp_path)
    assert path.match("totpkey-*.backup")
    opened = backup_file.unseal(backup_file.read(path.read_bytes()), PASSPHRASE)
    assert [account.name for account in opened.accounts] == ["Amazon:shop", "plain"]
    assert opened.accounts[0].secret == base32.decode(SHOWN)
    assert opened.notes == NOTES
    # The same key, made blank, gets all back.
    seller.presses("home.lock")
    seller.presses("wipe.button")
    seller.agrees("wipe.agree")
    seller.consents()
    seller.sets_up()
    seller.presses("home.restore")
    seller.presses("restore.open")
    seller.is_told("problems.backup_choose")
    seller.field("restore.file").set_input_files(path)
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
    seller.is_ready()
    seller.adds(SHOWN, "Amazon", "shop")
    seller.presses("home.backup")
    seller.enters("lock.passphrase_field", PASSPHRASE)
    seller.enters("lock.again", PASSPHRASE)
    # The browser saves it by itself, and the page cannot know where to, or whether.
    with seller.page.expect_download() as download:
        seller.presses("backup.make")
        seller.consents()
    name = download.value.suggested_filename
    seller.is_at("backup.save_title")
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
    seller: Seller, tmp_path: Path
) -> None:
    path = tmp_path / "keys.backup"
    path.write_bytes(of_the_command(seller))
    seller.is_at("connect.title")
    seller.desk.plug_in()
    seller.desk.hold_for_setup()
    seller.is_at("home.title")
    seller.presses("home.lock")
    seller.presses("wipe.button")
    seller.agrees("wipe.agree")
    seller.consents()
    seller.is_at("setup.title")
    seller.presses("setup.more")
    # No backups of this one, and a PIN: that comes before the accounts do.
    seller.page.get_by_role("checkbox").uncheck()
    seller.chooses("lock.pin")
    seller.presses("setup.restore")
    seller.is_at("lock.pin_new")
    seller.sets_lock("31428")
    seller.sees("touch.init")
    seller.consents()
    seller.sees("touch.set_pin")
    seller.consents()
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


def of_the_command(seller: Seller) -> bytes:
    """A backup that the command's own modules make of a key over its port."""
    from totpkey.link.transport import SerialTransport

    desk = seller.desk
    with desk.bridge.lock:
        desk.key.plug()
    desk.until(desk.bridge.path.exists)
    seller.is_at("setup.title")
    seller.page.goto("about:blank")

    def press(touch: Touch) -> None:
        if touch.begins:
            desk.agree()

    with KeyClient(SerialTransport(os.path.realpath(desk.bridge.path)), press) as client:
        hello = client.hello()
        client.add(account.read(SHOWN, "Amazon:shop").account)
        parameters = new_parameters()
        derived = derive(PASSPHRASE, parameters)
        records = list(client.export(derived))
    # The page would take a key in setup at once.
    desk.unplug()
    from totpkey.web import page_file

    seller.page.goto(page_file().as_uri())
    return backup_file.write(backup_file.make(hello.key, 1_800_000_000, derived, parameters, records))
