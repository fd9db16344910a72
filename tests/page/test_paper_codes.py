"""The texts of the QR codes of a backup are the command's; incomplete or foreign ones are refused."""

from __future__ import annotations

from random import Random
from typing import Any
from zlib import crc32

import pytest

from tests.page.scripts import run
from totpkey.backups import paper

NOTES = "\n".join(f"{Random(line).getrandbits(200):x}" for line in range(120))

_THERE_AND_BACK = """
    const codes = await Promise.all(given.map(({ text }) => paperCodes(text)));
    const back = await Promise.all(given.map(({ codes }) => joinPaper(codes)));
    return { codes, back };
"""


def test_its_codes_are_the_command_s_both_ways() -> None:
    texts = ["", "x", "備份 " * 700, NOTES, NOTES * 4]
    given = [{"text": text, "codes": paper.codes(text.encode())[::-1]} for text in texts]
    found = run(("rules/paper",), _THERE_AND_BACK, given)
    assert found["back"] == texts
    assert [paper.join(codes).decode() for codes in found["codes"]] == texts


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ([], "paper_none"),
        (["https://example.com", "TPKB1:1:2"], "paper_none"),
        (paper.codes(b"one") + paper.codes(b"two"), "paper_several"),
        ([paper.codes(NOTES.encode())[1]], "paper_missing"),
        (["TPKB1:1:1:00000001:AAAA"], "backup_damaged"),
        ([paper.codes(b"one")[0][:-2] + "AA"], "backup_damaged"),
    ],
)
def test_what_is_no_whole_backup_is_refused(texts: list[str], problem: str) -> None:
    body = "return joinPaper(given).then(() => '', ({ name }) => name);"
    assert run(("rules/paper",), body, texts) == problem


def problem_of(*texts: str) -> Any:
    body = "return joinPaper(given).then(() => null, ({ name, values }) => [name, values]);"
    return run(("rules/paper",), body, texts)


def test_which_codes_are_missing_is_told() -> None:
    codes = paper.codes((NOTES * 2).encode())
    assert len(codes) > 4
    values = {"count": len(codes), "missing": "1, 3"}
    assert problem_of(*(code for place, code in enumerate(codes) if place not in (0, 2))) == [
        "paper_missing",
        values,
    ]


def test_text_around_a_code_makes_it_none() -> None:
    (code,) = paper.codes(b"one")
    assert problem_of(code) is None
    for other in (f"see {code}", f"{code}.", code.lower(), code.replace("TPKB1", "TPKB2")):
        assert problem_of(other) == ["paper_none", {}]
    # Other codes beside it do no harm.
    assert problem_of("https://example.com", code) is None


def test_codes_of_two_backups_differ_in_count_or_sum() -> None:
    (code,) = paper.codes(b"one")
    assert problem_of(code, code.replace(":1:1:", ":1:2:")) == ["paper_several", {}]
    assert problem_of(code, ":".join([*code.split(":")[:3], "00000000", code.split(":")[4]])) == [
        "paper_several",
        {},
    ]


def test_more_than_99_codes() -> None:
    text = Random(7).randbytes(60_000).hex()
    given = [{"text": text, "codes": paper.codes(text.encode())}]
    found = run(("rules/paper",), _THERE_AND_BACK, given)
    assert len(found["codes"][0]) > 99
    assert found["back"] == [text]
    assert paper.join(found["codes"][0]).decode() == text


def test_a_sum_that_begins_with_zeros() -> None:
    text = next(text for text in map(str, range(10_000)) if crc32(text.encode()) < 1 << 24)
    (code,) = run(("rules/paper",), "return paperCodes(given);", text)
    assert code.split(":")[3] == f"{crc32(text.encode()):08X}"
    assert paper.join([code]).decode() == text
