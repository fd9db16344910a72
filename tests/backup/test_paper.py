"""A backup that is printed, scanned and restored; its pages are not cut off on any paper."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageOps
from PIL.Image import Image

from readers.tests.entries import Entry
from tests.backup.backups import PHRASE, SPARE, filled, saved
from tests.support.terminal import CommandDesk, MakeDesk
from totpkey import errors
from totpkey.backups import backup_file, paper
from totpkey.cli import exits
from totpkey.i18n import translation
from totpkey.locks import passphrase
from totpkey.locks.passphrase import Parameters
from totpkey_readers.pictures import qr


def photos(pdf: Path, folder: Path) -> list[str]:
    """Each page as from a scanner: grey, a little turned, in JPEG."""
    pages = []
    document = pypdfium2.PdfDocument(pdf)
    for number in range(len(document)):
        image = document[number].render(scale=200 / 72, grayscale=True).to_pil()
        path = folder / f"page{number}.jpg"
        image.rotate(1.5, fillcolor=220).save(path, quality=70)
        pages.append(str(path))
    document.close()
    return pages


@pytest.mark.slow
def test_a_backup_goes_through_paper(make_desk: MakeDesk, tmp_path: Path) -> None:
    many = tuple(Entry("Shop", f"user {n}", os.urandom(20)) for n in range(60))
    first, second = filled(make_desk(), tmp_path, many), make_desk(uid=SPARE)
    file, pdf = tmp_path / "keys.backup", tmp_path / "pages.pdf"
    saved(first, file)
    assert first.run("backup", "print", str(file), str(pdf)).code == exits.OK
    pages = photos(pdf, tmp_path)
    assert len(pages) >= 2
    lacking = second.run("backup", "verify", pages[1], "--stdin", stdin=PHRASE)
    assert lacking.code == exits.USAGE
    assert "number 1, 2, 3, 4, 5, 6" in lacking.err
    result = second.run(
        "restore", *reversed(pages), "--stdin", "--force", stdin=PHRASE, when_asked=second.agree
    )
    assert result.code == exits.OK, result.err
    assert second.labels() == [entry.label for entry in many]
    assert first.run("backup", "print", str(file), str(pdf)).code == exits.ERROR


@given(st.binary(max_size=3000), st.randoms())
def test_codes_come_together_in_any_order(data: bytes, random: Random) -> None:
    texts = paper.codes(data)
    random.shuffle(texts)
    assert paper.join([*texts, *texts[:1], "https://example.com"]) == data


@given(st.lists(st.text(max_size=20) | st.text("TPKB1:0123456789ABCDEF", max_size=40), max_size=4))
def test_codes_of_nothing(texts: list[str]) -> None:
    with pytest.raises(errors.InvalidBackup):
        paper.join(texts)


def test_pages_of_two_backups() -> None:
    with pytest.raises(errors.InvalidBackup, match="several"):
        paper.join(paper.codes(b"one") + paper.codes(b"two"))


def heads() -> bytes:
    document = pypdfium2.PdfDocument(paper.print_pages(b"a backup", "totpkey backup of key 1"))
    page: bytes = document[0].render(grayscale=True).to_pil().tobytes()
    document.close()
    return page


def test_the_pages_are_in_english_for_readers_of_chinese_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their font has no Chinese: a translated head would be a row of boxes."""
    english = heads()
    monkeypatch.setattr(translation, "_current", lambda: translation.translator(["zh_CN"]))
    assert translation.tr("Nothing was changed.") != "Nothing was changed."
    assert heads() == english


_DPI = 200
_MM = 25.4
#: What printers leave white, with something to spare.
_MARGIN = 12
_A4 = (210.0, 297.0)
_LETTER = (215.9, 279.4)


@pytest.fixture
def pages(desk: CommandDesk, tmp_path: Path) -> tuple[list[Image], bytes]:
    """More than one page, as printed, and the backup that is on them."""
    parameters = Parameters(bytes(16), passphrase.MEMORY, passphrase.PASSES, passphrase.LANES)
    records = [Random(number).randbytes(90) for number in range(60)]
    data = backup_file.write(
        backup_file.make("0001020304050607", 1_800_000_000, bytes(32), parameters, records, "notes")
    )
    file, pdf = tmp_path / "keys.backup", tmp_path / "pages.pdf"
    file.write_bytes(data)
    assert desk.run("backup", "print", str(file), str(pdf)).code == exits.OK
    document = pypdfium2.PdfDocument(pdf)
    assert all(
        page.get_size() == pytest.approx([side * 72 / _MM for side in _A4], abs=1) for page in document
    )
    images = [page.render(scale=_DPI / 72, grayscale=True).to_pil() for page in document]
    document.close()
    assert len(images) > 1
    return images, data


def test_nothing_is_cut_off_on_a4_or_on_letter(pages: tuple[list[Image], bytes]) -> None:
    """Where a printer lays a page of A4 on Letter: at its upper edge, at its lower one, or between."""
    for image in pages[0]:
        left, top, right, bottom = (side / _DPI * _MM for side in ink(image))
        assert left >= _MARGIN
        assert right <= _A4[0] - _MARGIN
        for shift in (0.0, (_A4[1] - _LETTER[1]) / 2, _A4[1] - _LETTER[1]):
            assert top - shift >= _MARGIN
            assert bottom - shift <= _LETTER[1] - _MARGIN


def test_a_letter_sheet_reads_back(pages: tuple[list[Image], bytes]) -> None:
    images, data = pages
    over = round((_A4[1] - _LETTER[1] + _MARGIN) / _MM * _DPI)
    cut = [image.crop((0, 0, image.width, image.height - over)) for image in images]
    assert paper.join([text for image in cut for text in qr.find(image)]) == data


def ink(image: Image) -> tuple[int, int, int, int]:
    """The box around all that is not white, in pixels."""
    box = ImageOps.invert(image).point(lambda level: 255 if level > 40 else 0).getbbox()
    assert box
    return box
