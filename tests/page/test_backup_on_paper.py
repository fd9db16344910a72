"""A backup that the page prints is read by the command's code, and by the page from photos."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pypdfium2
import pytest
from PIL import Image, ImageOps
from playwright.sync_api import expect

from tests.page.checks import check_with_axe
from tests.page.seller import PASSPHRASE, SECRET, Seller
from totpkey.backups import backup_file, paper
from totpkey_readers.pictures import qr

pytestmark = pytest.mark.slow

_DPI = 200
_MM = 25.4
#: What printers leave white.
_MARGIN = 12
#: More than one page of codes.
NOTES = "\n".join(f"{Random(line).getrandbits(200):x}" for line in range(120))


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


def test_it_is_printed_read_by_the_command_and_restored_from_photos(seller: Seller, tmp_path: Path) -> None:
    seller.has_an_account()
    seller.adds("JBSW Y3DP EHPK 3PXP", "", "plain")
    file = seller.backs_up(NOTES).path().read_bytes()
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
    assert opened.notes == NOTES
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
    assert seller.page.locator("pre").inner_text() == NOTES


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
