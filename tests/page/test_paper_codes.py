"""The texts of the QR codes of a backup are the command's; incomplete or foreign ones are refused."""

from __future__ import annotations

import re
from random import Random
from zlib import crc32

import pytest

from tests.page.scripts import each, run
from totpkey.backups import paper

NOTES = "\n".join(f"{Random(line).getrandbits(200):x}" for line in range(120))
MANY = paper.codes((NOTES * 2).encode())
(ONE,) = paper.codes(b"one")
_THERE_AND_BACK = """
    const codes = await Promise.all(given.map(({ text }) => paperCodes(text)));
    const back = await Promise.all(given.map(({ codes }) => joinPaper(codes)));
    return { codes, back };
"""


def test_its_codes_are_the_command_s_both_ways() -> None:
    zeros = next(text for text in map(str, range(10_000)) if crc32(text.encode()) < 1 << 24)
    texts = ["", "x", zeros, "備份 " * 700, NOTES, NOTES * 4, Random(7).randbytes(60_000).hex()]
    given = [{"text": text, "codes": paper.codes(text.encode())[::-1]} for text in texts]
    found = run(("rules/backup",), _THERE_AND_BACK, given)
    assert found["back"] == texts
    assert [paper.join(codes).decode() for codes in found["codes"]] == texts
    assert len(found["codes"][-1]) > 99
    assert found["codes"][2][0].split(":")[3] == f"{crc32(zeros.encode()):08X}"


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ([], "paper_none"),
        (["https://example.com", "TPKB1:1:2"], "paper_none"),
        ([f"see {ONE}", f"{ONE}.", ONE.lower(), ONE.replace("TPKB1", "TPKB2")], "paper_none"),
        ([ONE, *paper.codes(b"two")], "paper_several"),
        # Codes of two backups differ in their count or their sum.
        ([ONE, ONE.replace(":1:1:", ":1:2:")], "paper_several"),
        ([ONE, re.sub(":[0-9A-F]{8}:", ":00000000:", ONE)], "paper_several"),
        ([MANY[1], *MANY[3:]], "paper_missing"),
        (["TPKB1:1:1:00000001:AAAA"], "backup_damaged"),
        ([ONE[:-2] + "AA"], "backup_damaged"),
    ],
)
def test_what_is_no_whole_backup_is_refused(texts: list[str], problem: str) -> None:
    values = {"count": len(MANY), "missing": "1, 3"} if problem == "paper_missing" else {}
    assert each(("rules/backup",), "joinPaper", [texts]) == [[problem, values]]


def test_other_codes_beside_it_do_no_harm() -> None:
    assert each(("rules/backup",), "joinPaper", [["https://example.com", ONE]]) == ["one"]
