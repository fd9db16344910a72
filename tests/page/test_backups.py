"""Accounts go from the page to a file, to paper and to a second key, and come back whole.

A backup goes there and back, and is not lost unseen. The page restores a backup of the command. What it
prints is read by the command's code, and by the page from photos.
For a copy the first key seals the accounts and the second opens them, with one touch on each.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pypdfium2
import pytest
from PIL import Image, ImageOps
from playwright.sync_api import expect

from tests.page.browsers import Bus, PageDesk
from tests.page.conftest import AtPage
from tests.page.screens import check_with_axe
from tests.page.seller import PASSPHRASE, SECRET, SHOWN, Seller
from totpkey.accounts import account
from totpkey.accounts.account import Account
from totpkey.backups import backup_file, paper
from totpkey.locks.passphrase import derive, new_parameters
from totpkey_readers.pictures import qr

NOTES = "Recovery: 1234-5678\n第二行"


@pytest.mark.slow
def test_a_backup_there_and_back(seller: Seller) -> None:
    """The same key, made blank, gets all back. What is in it the paper shows."""
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


_DPI = 200
_MM = 25.4
#: What printers leave white.
_MARGIN = 12
#: More than one page of codes.
LONG = "\n".join(f"{Random(line).getrandbits(200):x}" for line in range(120))


def pictures_of(pdf: bytes) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(pdf)
    pages: list[Image.Image] = [page.render(scale=_DPI / 72, grayscale=True).to_pil() for page in document]
    document.close()
    return pages


def texts_of(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    texts = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return texts


@pytest.mark.slow
def test_it_is_printed_read_by_the_command_and_restored_from_photos(seller: Seller, tmp_path: Path) -> None:
    seller.has_an_account()
    seller.adds("JBSW Y3DP EHPK 3PXP", "", "plain")
    file = seller.backs_up(LONG).path().read_bytes()
    page = seller.page
    page.evaluate("globalThis.print = () => document.body.setAttribute('data-prints', '')")
    check_with_axe(page)
    # Printing is not saving: the screen stays, and shows nothing else.
    seller.presses("paper.print")
    expect(page.locator("body[data-prints]")).to_have_count(1)
    expect(page.locator(".paper-pages")).to_be_hidden()
    # Paper is white, whatever the screen is.
    page.emulate_media(color_scheme="dark")
    for size in ("A4", "Letter"):
        pdf = page.pdf(format=size, print_background=True)
        pages = pictures_of(pdf)
        assert len(pages) == -(-len(paper.codes(file)) // 6) > 1
        for picture in pages:
            box = ink(picture)
            assert (
                min(box[0], box[1], picture.width - box[2], picture.height - box[3]) >= _MARGIN / _MM * _DPI
            )
        assert paper.join(qr.read(pdf)) == file
    opened = backup_file.unseal(backup_file.read(file), PASSPHRASE)
    assert [account.name for account in opened.accounts] == ["Amazon:shop", "plain"]
    assert opened.accounts[0].secret == SECRET
    assert opened.notes == LONG
    # Each page says whose it is, which page, and how it is read back.
    count, key = len(paper.codes(file)), backup_file.read(file).key
    for number, text in enumerate(texts_of(pdf), 1):
        plain = " ".join(text.split())
        assert key in plain
        assert seller.text("paper.page", page=number, pages=len(pages)) in plain
        assert seller.text("paper.use") in plain
        assert seller.text("paper.code", number=6 * number - 5, count=count) in plain
    seller.presses("backup.have")
    restores_from(seller, photos(pages, tmp_path))


def restores_from(seller: Seller, paths: list[Path]) -> None:
    seller.presses("home.restore")
    field = seller.field("restore.file")
    field.set_input_files(paths[1:])
    seller.presses("restore.open")
    seller.sees("problems.paper_missing.remedy")
    field.set_input_files(paths[::-1])
    seller.enters("lock.passphrase_field", PASSPHRASE)
    seller.presses("restore.open")
    seller.sees("restore.notes")
    assert seller.page.locator("pre").inner_text() == LONG


def photos(pages: list[Image.Image], folder: Path) -> list[Path]:
    """Each page as from a telephone: grey, a little turned, in JPEG."""
    paths = [folder / f"page{number}.jpg" for number in range(len(pages))]
    for page, path in zip(pages, paths, strict=True):
        page.rotate(1.5, fillcolor=220).save(path, quality=70)
    return paths


def ink(picture: Image.Image) -> tuple[int, int, int, int]:
    """The box around all that is not white, in pixels."""
    box = ImageOps.invert(picture).point(lambda level: 255 if level > 40 else 0).getbbox()
    assert box
    return box


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
    seller.goes_to("copy")


def copies(seller: Seller, desk: PageDesk, count: int) -> None:
    """Connect that key as the second, and make both gestures."""
    desk.plug_in()
    seller.presses("copy.connect")
    seller.presses("copy.button", count=count)
    seller.consents("touch.clone_send")
    Seller(seller.page, desk).consents("touch.batch", count=count)
    seller.sees("copy.done", count=count)


@pytest.mark.slow
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


@pytest.mark.slow
def test_what_the_second_key_has_is_left_out(seller: Seller, second: PageDesk) -> None:
    with_two_accounts(seller)
    with second.first_set_up() as client:
        client.add(Account("Amazon", "me", SECRET))
        client.add(Account("GitHub", "me", SECRET, digits=8))
    second.replug_for_setup()
    seller.presses("copy.connect")
    seller.sees("copy.plan", count=0, all=2)
    seller.sees("copy.known")
    seller.sees("copy.other")
    seller.presses("enroll.finished")
    seller.is_at("home.title")


@pytest.mark.slow
def test_another_key_begins_with_its_own_accounts(seller: Seller, second: PageDesk) -> None:
    seller.has_an_account()
    with second.client() as client:
        client.add(Account("Other", "me", SECRET))
    second.unplug()
    seller.goes_to("backup")
    seller.desk.unplug()
    seller.is_told("problems.unplugged")
    second.plug_in()
    second.hold_for_setup()
    seller.is_at("home.title")
    assert seller.accounts() == ["Other me"]


@pytest.mark.slow
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


@pytest.mark.slow
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
