"""A seller who reads Chinese sees only Chinese, whatever happens while they set up an account."""

from __future__ import annotations

import re

import pytest

from tests.enroll.person import run_in_chinese
from tests.support.chinese import english_in
from tests.support.terminal import CommandDesk
from totpkey.enroll import guides
from totpkey.i18n import key_words, translation


@pytest.mark.parametrize(
    ("arguments", "stdin", "words"),
    [
        (("--port", "/nonexistent", "enroll", "seller"), "", "没有串口"),
        (("enroll", "nonsense"), "", "的指南，或有多个符合"),
        (("add", "--stdin", "Amazon:me"), "short0", "数字 0"),
        (("add", "--stdin", "Amazon:me"), "MFZW!GZDFNNUW4ZZA", "不是 base32"),
        (("add", "--stdin", "Amazon:me"), "MFZWGZDFNNUW4ZZAM", "少了字符，或多了一个"),
        (("add", "--stdin", "Amazon:me"), "otpauth://totp/x", "没有密钥"),
        (("add", "--stdin"), "MFZWGZDFNNUW4ZZA", "没有名称"),
        (("add", "--qr", "/nonexistent"), "", "无法读取"),
    ],
)
def test_what_can_go_wrong_on_the_way_is_said_in_chinese(
    desk: CommandDesk, arguments: tuple[str, ...], stdin: str, words: str
) -> None:
    said = run_in_chinese(desk, *arguments, stdin=stdin)
    assert words in said
    # The system's own words, and the names of recipes
    for given in ("No such file or directory", *guides.load()):
        said = said.replace(given, "")
    assert english_in(said) == []


@pytest.mark.parametrize("code", key_words.TABLE)
def test_every_refusal_of_a_key_has_words_in_chinese(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translation, "_current", lambda: translation.translator(["zh_CN"]))
    said = "\n".join(key_words.explain(code, "标签"))
    assert re.search("[\u4e00-\u9fff]", said)
    assert english_in(said.replace("docs/guide/install.md", "")) == []
