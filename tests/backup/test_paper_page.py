"""The pages of `totpkey backup print` are not cut off on any paper."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pypdfium2
import pytest
from PIL import ImageOps
from PIL.Image import Image

from tests.support.terminal import CommandDesk
from totpkey.backups import backup_file, paper
from totpkey.cli import exits
from totpkey.locks import passphrase
from totpkey.locks.passphrase import Parameters
from totpkey_readers.pictures import qr

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
