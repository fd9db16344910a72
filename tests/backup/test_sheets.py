"""A backup on paper: printed whole, or its passphrase on sheets of words.

A printed backup is scanned and restored, and its pages are not cut off on any paper. Some sheets of words
restore the backup, fewer or mixed ones do not.
`master_secret` joins word lists as SLIP-39 says, without the library that the command uses: a second
opinion.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import stat
import sys
import unicodedata
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageOps
from PIL.Image import Image
from pypdfium2 import PdfDocument
from shamir_mnemonic import Share, combine_mnemonics
from shamir_mnemonic.wordlist import WORDLIST

from readers.tests.entries import Entry
from readers.tests.real.samples import FOLDER
from tests.backup.backups import (
    CHEAP,
    ENTRIES,
    PHRASE,
    SPARE,
    at_terminal,
    backed_up,
    filled,
    restored,
    saved,
)
from tests.leaks.plugin import recorder
from tests.support.terminal import CommandDesk, Hand, MakeDesk, Result
from totpkey import errors
from totpkey.backups import backup_file, paper, sheets
from totpkey.backups.sheets import Sheet
from totpkey.cli import exits
from totpkey.i18n import translation
from totpkey_readers.pictures import qr

_SECRET, _DIGEST = 255, 254


class Part(NamedTuple):
    """A word list, taken apart."""

    identifier: int
    extendable: int
    exponent: int
    group: int
    place: int
    value: bytes


def part(words: Sequence[str]) -> Part:
    bits = "".join(f"{WORDLIST.index(word):010b}" for word in words)
    identifier, extendable = int(bits[:15], 2), int(bits[15])
    exponent, group, _, _, place, _ = (int(bits[at : at + 4], 2) for at in range(16, 40, 4))
    value = bits[40:-30]
    content = int(value, 2).to_bytes(len(value) // 16 * 2, "big")
    return Part(identifier, extendable, exponent, group, place, content)


def _times(a: int, b: int) -> int:
    """The product in Rijndael's field."""
    product = 0
    while b:
        product ^= a * (b & 1)
        a = a << 1 ^ 0x11B * (a >> 7)
        b >>= 1
    return product


def _inverse(a: int) -> int:
    return next(b for b in range(256) if _times(a, b) == 1)


def _at(x: int, points: dict[int, bytes]) -> bytes:
    """Lagrange's interpolation, byte by byte."""
    size = len(next(iter(points.values())))
    out = bytearray(size)
    for xi, values in points.items():
        factor = 1
        for xj in points:
            if xj != xi:
                factor = _times(factor, _times(x ^ xj, _inverse(xi ^ xj)))
        for place, value in enumerate(values):
            out[place] ^= _times(factor, value)
    return bytes(out)


def _joined(points: dict[int, bytes]) -> bytes:
    if len(points) == 1:
        return next(iter(points.values()))
    secret, digest = _at(_SECRET, points), _at(_DIGEST, points)
    assert hmac.digest(digest[4:], secret, "sha256")[:4] == digest[:4]
    return secret


def master_secret(lists: Sequence[Sequence[str]], passphrase: bytes = b"") -> bytes:
    """The master secret of exactly as many lists as are needed."""
    parts = sorted(map(part, lists), key=lambda one: one.group)
    groups = {
        number: _joined({one.place: one.value for one in ones})
        for number, ones in groupby(parts, key=lambda one: one.group)
    }
    sealed, first = _joined(groups), parts[0]
    salt = b"" if first.extendable else b"shamir" + first.identifier.to_bytes(2, "big")
    half = len(sealed) // 2
    left, right = sealed[:half], sealed[half:]
    for number in reversed(range(4)):
        mask = hashlib.pbkdf2_hmac(
            "sha256", bytes([number]) + passphrase, salt + right, 2500 << first.exponent, half
        )
        left, right = right, bytes(a ^ b for a, b in zip(left, mask, strict=True))
    return right + left


VECTORS = FOLDER / "slip39" / "vectors.json"
_OF_VECTORS = b"TREZOR"
#: Passphrases that sheets take, in any script.
PHRASES = (
    st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn")), min_size=1)
    .map(lambda text: unicodedata.normalize("NFC", text))
    .filter(lambda text: 1 <= len(text.encode()) <= 64)
)
SCHEMES = st.integers(2, 16).flatmap(lambda count: st.tuples(st.integers(2, count), st.just(count)))


def text(*given: Sheet) -> str:
    return "\n".join(" ".join(sheet.words) for sheet in given)


@given(PHRASES, SCHEMES, st.randoms())
def test_enough_sheets_give_the_passphrase_back(phrase: str, scheme: tuple[int, int], random: Random) -> None:
    needed, count = scheme
    made = sheets.split(phrase, needed, count)
    assert [sheet.number for sheet in made] == [*range(1, count + 1)]
    assert {sheet.needed for sheet in made} == {needed}
    chosen = random.sample(made, random.randint(needed, count))
    assert sheets.join([sheets.read(text(sheet)) for sheet in chosen]) == phrase


@pytest.mark.slow
@given(PHRASES, SCHEMES, st.randoms())
def test_they_are_slip_39(phrase: str, scheme: tuple[int, int], random: Random) -> None:
    """As another implementation of the standard reads them."""
    needed, count = scheme
    chosen = random.sample(sheets.split(phrase, needed, count), needed)
    secret = master_secret([sheet.words for sheet in chosen])
    assert secret.rstrip(b"\0") == phrase.encode()
    assert len(secret) in (16, 32, 40, 48, 56, 64)


def vectors() -> list[tuple[str, list[str], str]]:
    if not VECTORS.exists():
        pytest.skip("SLIP-39's vectors are not here; `tools/fetch_samples.py` brings them")
    return [(name, lists, secret) for name, lists, secret, _ in json.loads(VECTORS.read_text())]


def test_both_implementations_know_the_published_vectors() -> None:
    valid = [(lists, secret) for _, lists, secret in vectors() if secret]
    assert len(valid) >= 15
    for lists, secret in valid:
        assert combine_mnemonics(lists, _OF_VECTORS).hex() == secret
        assert master_secret([one.split() for one in lists], _OF_VECTORS).hex() == secret


def test_what_the_published_vectors_call_invalid_is_refused() -> None:
    invalid = [(name, lists) for name, lists, secret in vectors() if not secret]
    assert len(invalid) >= 30
    for name, lists in invalid:
        with pytest.raises(errors.InvalidSheets):
            pytest.fail(f"{name}: {sheets.join([sheets.read(one) for one in lists])}")


MADE = sheets.split(PHRASE, 2, 3)
OTHER = sheets.split(PHRASE, 2, 3)


def refusal(given: str) -> str:
    with pytest.raises(errors.InvalidSheets) as refused:
        sheets.join([sheets.read(line) for line in given.splitlines()])
    return str(refused.value)


def test_too_few_sheets_those_of_two_sets_and_one_twice_are_refused_by_name() -> None:
    mine, other = f"the set “{MADE[0].set}”", f"the set “{OTHER[0].set}”"
    assert refusal(text(MADE[0])) == f"2 sheets of {mine} are needed, and here are 1."
    said = refusal(text(MADE[0], OTHER[2]))
    assert said == f"This is sheet 3 of {other}, but sheet 1 is of {mine}."
    assert refusal(text(MADE[1], MADE[1])) == "Sheet 2 was given twice."


def test_a_wrong_word_is_noticed_and_not_repeated() -> None:
    words = list(MADE[0].words)
    swapped = [*words[:5], words[6], words[5], *words[7:]]
    # Two words in a row may be the same one.
    if words[5] != words[6]:
        assert "one is wrong" in refusal(" ".join(swapped))
    assert "one is wrong" in refusal(" ".join(words[:-1]))
    said = refusal(" ".join([*words[:6], "passwort", *words[7:]]))
    assert said == "Word 7 of these is not a word that sheets have."


def test_four_letters_of_a_word_are_enough() -> None:
    short = " ".join(word[:4].upper() for word in MADE[0].words)
    assert sheets.read(short) == MADE[0]
    with pytest.raises(errors.InvalidSheets):
        sheets.known(MADE[0].words[0][:3])
    with pytest.raises(errors.InvalidSheets):
        sheets.known(MADE[0].words[0][:4] + "zz")


def test_sheets_of_another_set_with_the_same_name_are_noticed() -> None:
    """A name is one of 32768: the digest in the sheets tells what the name does not."""
    false = Sheet((*MADE[0].words[:2], *OTHER[2].words[2:]), 3, 2)
    with pytest.raises(errors.InvalidSheets, match="do not belong together"):
        sheets.join([MADE[0], false])


def test_a_sheet_that_asks_for_hours_of_work_is_refused() -> None:
    share = Share.from_mnemonic(" ".join(MADE[0].words))
    assert share.iteration_exponent == 0
    for changed in (replace(share, iteration_exponent=15), replace(share, extendable=False)):
        assert refusal(changed.mnemonic()) == "This sheet was not made by totpkey."


def test_a_passphrase_of_65_bytes_is_refused() -> None:
    with pytest.raises(errors.InvalidSheets, match="64 bytes"):
        sheets.split("x" * 65, 2, 3)


def test_a_sheet_does_not_show_its_words_in_an_error() -> None:
    assert MADE[0].words[5] not in repr(MADE[0]).split("'")


def with_sheets(
    desk: CommandDesk, verb: str, file: Path, *given: Sheet, when_asked: Sequence[Hand] = ()
) -> Result:
    recorder.known.add(PHRASE.encode(), "the passphrase")
    arguments = (*verb.split(), str(file), "--shares", "--stdin")
    return desk.run(*arguments, stdin=text(*given), when_asked=when_asked)


@pytest.mark.slow
def test_two_of_three_restore_a_backup(make_desk: MakeDesk, tmp_path: Path) -> None:
    file = backed_up(make_desk(), tmp_path)
    spare = make_desk(uid=SPARE)
    for wrong in (MADE[:1], (MADE[0], OTHER[1]), (MADE[0], MADE[0])):
        with_sheets(spare, "restore --force", file, *wrong).ended(exits.USAGE)
        assert spare.labels() == []
    with_sheets(spare, "restore --force", file, MADE[2], MADE[0], when_asked=[spare.agree]).ended(exits.OK)
    assert spare.labels() == [entry.label for entry in ENTRIES]


def test_sheets_of_another_passphrase_do_not_open_it(desk: CommandDesk, tmp_path: Path) -> None:
    file = backed_up(desk, tmp_path)
    wrong = with_sheets(desk, "backup verify", file, *sheets.split("another phrase than that", 2, 2))
    assert wrong.code == exits.LOCKED


def test_a_drill_takes_sheets(desk: CommandDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("totpkey.system.own_files.state", lambda: tmp_path / "state")
    file = backed_up(desk, tmp_path)
    drilled = with_sheets(desk, "backup drill", file, *MADE[1:])
    assert drilled.code == exits.OK, drilled.err
    assert f"The drill succeeded: {len(ENTRIES)} accounts" in drilled.err
    assert with_sheets(desk, "backup drill", file, MADE[1]).code == exits.USAGE


@pytest.mark.slow
def test_sheets_become_a_page_each(desk: CommandDesk, tmp_path: Path) -> None:
    file, pdf = backed_up(desk, tmp_path), tmp_path / "sheets.pdf"
    made = desk.run("backup", "split", str(file), "--shares", "3of5", "-o", str(pdf), "--stdin", stdin=PHRASE)
    assert made.code == exits.OK, made.err
    assert "Any 3 of the 5 sheets" in made.err
    if sys.platform != "win32":
        assert stat.S_IMODE(pdf.stat().st_mode) == 0o600
    assert len({page.tobytes() for page in printed(pdf)}) == 5
    again = desk.run("backup", "split", str(file), "-o", str(pdf), "--stdin", stdin=PHRASE)
    assert "is there already" in again.err
    split = ("backup", "split", str(file), "-o", f"{pdf}2", "--stdin")
    assert desk.run(*split, stdin="another phrase than that").code == exits.LOCKED


def test_sheets_are_not_sent_through_a_pipe(desk: CommandDesk, tmp_path: Path) -> None:
    file = backed_up(desk, tmp_path)
    result = desk.run("backup", "split", str(file), "--stdin", stdin=PHRASE).ended(exits.USAGE)
    assert result.out == ""


@pytest.mark.parametrize("scheme", ["1of3", "4of3", "2of17", "2", "two of three", PHRASE])
def test_a_scheme_that_cannot_be_is_refused_and_not_repeated(
    desk: CommandDesk, tmp_path: Path, scheme: str
) -> None:
    result = desk.run("backup", "split", str(tmp_path), "--shares", scheme).ended(exits.USAGE, "such as 2of3")
    assert PHRASE not in result.err


def rows(sheet: Sheet) -> list[str]:
    """A sheet as a person types it, three words at a time."""
    return [" ".join(sheet.words[at : at + 3]) for at in range(0, len(sheet.words), 3)]


def words_in(screen: str) -> str:
    """The words under the head of a sheet."""
    return " ".join(re.findall(r"[0-9]\. (\w+)", screen))


def left_behind(shown: str) -> str:
    """What stands in the window's first screen, and so in its history."""
    before, *others = shown.split("\x1b[?1049h")
    return before + "".join(other.partition("\x1b[?1049l")[2] for other in others)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
class TestAtATerminal:
    @pytest.fixture
    def file(self, desk: CommandDesk, tmp_path: Path) -> Path:
        return backed_up(desk, tmp_path)

    def test_sheets_are_shown_one_by_one_and_typed_again(self, file: Path) -> None:
        code, shown = at_terminal(["backup", "split", str(file)], PHRASE, "", "", "")
        assert code == exits.OK, shown
        copied = [sheets.read(words_in(screen)) for screen in shown.split("press Enter")[:3]]
        assert sheets.join(copied[:2]) == PHRASE
        assert not any(" ".join(row.split()[:2]) in left_behind(shown) for row in rows(copied[0])[1:])
        code, shown = at_terminal(
            ["backup", "verify", str(file), "--shares"], *rows(copied[2]), *rows(copied[0])
        )
        assert code == exits.OK, shown
        assert f"The backup is intact: {len(ENTRIES)} accounts" in left_behind(shown)
        assert not any(row in left_behind(shown) for row in rows(copied[2]))

    def test_mistakes_are_named_at_once_and_mended(self, file: Path) -> None:
        first, second = rows(MADE[0]), rows(MADE[1])
        answers = [
            *("nonsense", *first[:4], ""),  # a word that no sheet has, and a sheet that was broken off
            *first,
            *rows(OTHER[1]),  # a sheet of another set
            *second,
        ]
        code, shown = at_terminal(["backup", "verify", str(file), "--shares"], *answers)
        assert code == exits.OK, shown
        assert "Word 1 of these is not a word" in shown
        assert "one is wrong, missing" in shown
        assert f"sheet 2 of the set “{OTHER[1].set}”" in shown
        assert f"Another sheet of the set “{MADE[0].set}”; 1 to go." in shown


def printed(pdf: Path | bytes, scale: float = 1) -> list[Image]:
    """The pages as they come out of a printer, grey."""
    with closing(PdfDocument(pdf)) as document:
        return [page.render(scale=scale, grayscale=True).to_pil() for page in document]


def photos(pdf: Path, folder: Path) -> list[str]:
    """Each page as from a scanner: grey, a little turned, in JPEG."""
    pages = []
    for number, image in enumerate(printed(pdf, _DPI / 72)):
        path = folder / f"page{number}.jpg"
        image.rotate(1.5, fillcolor=220).save(path, quality=70)
        pages.append(str(path))
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
    lacking.ended(exits.USAGE, "number 1, 2, 3, 4, 5, 6")
    restored(second, *reversed(pages)).ended(exits.OK)
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
    return printed(paper.print_pages(b"a backup", "totpkey backup of key 1"))[0].tobytes()


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
    records = [Random(number).randbytes(90) for number in range(60)]
    made = backup_file.make("0001020304050607", 1_800_000_000, bytes(32), CHEAP, records, "notes")
    data = backup_file.write(made)
    file, pdf = tmp_path / "keys.backup", tmp_path / "pages.pdf"
    file.write_bytes(data)
    assert desk.run("backup", "print", str(file), str(pdf)).code == exits.OK
    images = printed(pdf, _DPI / 72)
    assert len(images) > 1
    assert all(image.size == pytest.approx([side / _MM * _DPI for side in _A4], abs=3) for image in images)
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
