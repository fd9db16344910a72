"""A backup that is printed, scanned and restored."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers.tests.entries import Entry
from tests.backup.backups import PHRASE, SPARE, filled, saved
from tests.support.terminal import MakeDesk
from totpkey import errors
from totpkey.backups import paper
from totpkey.cli import exits
from totpkey.i18n import translation


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
