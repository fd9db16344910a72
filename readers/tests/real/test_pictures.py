"""Real pictures of codes: those of zxing and zxing-cpp, and screenshots of Google Authenticator."""

from __future__ import annotations

from pathlib import Path

import pytest

from readers.tests.real.samples import EXPECTED, FOLDER, data_of, needed
from totpkey_readers.formats import files
from totpkey_readers.pictures import qr

pytestmark = needed


@pytest.mark.parametrize("folder", EXPECTED["pictures"])
@pytest.mark.slow
def test_so_many_pictures_of_readers_of_codes_are_right(folder: str) -> None:
    """The rest is bent cloth, but for one: beyond what a person would hold before a camera."""
    files = [file for file in (FOLDER / folder).glob("*") if file.suffix in (".png", ".jpg", ".webp")]
    pictures = [file for file in files if text_of(file)]
    if not pictures:
        pytest.skip(f"{folder} is not among the sample files: `make samples` fetches it")
    right = sum(any(same(text, text_of(file)) for text in qr.read(file.read_bytes())) for file in pictures)
    assert [len(pictures), right] == EXPECTED["pictures"][folder]


def text_of(picture: Path) -> str:
    file = picture.with_suffix(".txt")
    return file.read_bytes().decode(errors="replace") if file.exists() else ""


def same(text: str, expected: str) -> bool:
    return text.split() == expected.split()


@pytest.mark.parametrize("path", EXPECTED["google"])
def test_exports_on_screenshots(path: str) -> None:
    uris = "\n".join(qr.read(data_of(path)))
    contents = files.read(uris.encode(), lambda app: "")
    assert len(contents.found) + len(contents.skipped) == EXPECTED["google"][path]
