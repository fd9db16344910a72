"""Real pictures of QR codes: zxing's black-box pictures, and screenshots of Google Authenticator."""

from __future__ import annotations

import pytest

from tests.importers.real.samples import EXPECTED, FOLDER, data_of, needed
from totpkey.importers import files
from totpkey.pictures import qr

pytestmark = needed


@pytest.mark.parametrize("folder", EXPECTED["pictures"])
def test_so_many_of_zxings_pictures_are_right(folder: str) -> None:
    """The rest is blurred or cut beyond what a person would hold before a camera."""
    pictures = [file for file in (FOLDER / "zxing" / folder).glob("*.png") if text_of(file.stem, folder)]
    right = sum(
        any(same(text, text_of(file.stem, folder)) for text in qr.read(file.read_bytes()))
        for file in pictures
    )
    assert [len(pictures), right] == EXPECTED["pictures"][folder]


def text_of(stem: str, folder: str) -> str:
    file = FOLDER / "zxing" / folder / f"{stem}.txt"
    return file.read_bytes().decode(errors="replace") if file.exists() else ""


def same(text: str, expected: str) -> bool:
    return text.split() == expected.split()


@pytest.mark.parametrize("path", EXPECTED["google"])
def test_exports_on_screenshots(path: str) -> None:
    uris = "\n".join(qr.read(data_of(path)))
    contents = files.read(uris.encode(), lambda app: "")
    assert len(contents.found) + len(contents.skipped) == EXPECTED["google"][path]
