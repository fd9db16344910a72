"""A wrong answer to a question: the command asks again in the reader's language, without repeating it."""

from __future__ import annotations

from pathlib import Path

import pytest

from readers.tests.pictures.codes import OTHER, URI, code, page, saved
from tests.enroll.person import MAIL, SHOWN, WORDS, run_in_chinese
from tests.support.chinese import english_in
from tests.support.person import at_a_terminal
from tests.support.terminal import CommandDesk
from totpkey.cli import exits

AGAIN = {
    "en_US.UTF-8": ("Type a number from 1 to 13.", "Type y for yes or n for no.", "1", "yes"),
    "zh_CN.UTF-8": ("请输入 1 到 13 之间的数字。", "请输入“是”或“否”", "１", "是"),
}


@pytest.mark.parametrize("language", AGAIN)
def test_a_wrong_answer_on_the_way_is_asked_again(desk: CommandDesk, language: str) -> None:
    words = WORDS[language]
    number, yes_or_no, first, yes = AGAIN[language]
    with at_a_terminal(desk, "enroll", language=language) as (person, process):
        # The secret too early, as it happens to those who have it in the clipboard
        for wrong in ("14", "0", SHOWN):
            person.replies(words["site"], wrong)
            person.reads(number)
        person.replies(words["site"], first)
        person.replies(words["paste"], SHOWN)
        person.replies(words["which"], MAIL)
        person.replies(words["accepted"], SHOWN)
        person.reads(yes_or_no)
        person.replies(words["accepted"], yes)
        person.reads_the_rest()
        assert process.wait() == exits.OK
    # The terminal's echo of what was typed, and nothing more
    assert person.seen.count(SHOWN) == 2
    assert desk.labels() == [MAIL]
    if language == "zh_CN.UTF-8":
        assert english_in(person.seen.replace(SHOWN, "")) == []


def test_two_places_for_the_code_are_refused_before_the_way_is_told(desk: CommandDesk) -> None:
    said = run_in_chinese(desk, "enroll", "seller", "--qr", "a", "--camera")
    assert "请只选择其中一个：--qr, --camera。" in said
    assert "sellercentral" not in said
    assert desk.labels() == []


def test_too_much_on_standard_input_is_told_in_chinese(desk: CommandDesk) -> None:
    assert "标准输入中的内容比一个密钥或链接还多" in run_in_chinese(desk, "add", "--stdin", stdin="A" * 5000)


def test_one_of_several_codes_in_a_picture(desk: CommandDesk, tmp_path: Path) -> None:
    picture = tmp_path / "two.png"
    both = page((code(OTHER), (1200, 40)), (code(URI), (300, 500)), (code("https://example.com"), (40, 40)))
    picture.write_bytes(saved(both, "PNG"))
    result = desk.run("add", "--qr", str(picture), stdin=f"3\n{SHOWN}\n\n2\n")
    assert result.code == exits.OK, result.err
    assert result.err.count("Type a number from 1 to 2.") == 2
    assert "1  GitHub:me" in result.err
    assert "2  Amazon:shop@example.com" in result.err
    assert SHOWN not in result.err + result.out
    assert desk.labels() == ["shop@example.com"]


def test_the_questions_of_init(desk: CommandDesk) -> None:
    result = desk.run("init", stdin=f"{SHOWN}\n4\n1\n{SHOWN}\nn\n", when_asked=desk.agree)
    assert result.code == exits.OK, result.err
    assert result.err.count("Type a number from 1 to 3.") == 2
    assert result.err.count("Type y for yes or n for no.") == 1
    assert SHOWN not in result.err + result.out


@pytest.mark.parametrize("yes", ["是", "ｙ", "YES"])
def test_a_yes_is_one_in_chinese_too(desk: CommandDesk, yes: str) -> None:
    desk.add("Amazon:shop")
    result = desk.run("remove", "shop", stdin=f"{yes}\n", when_asked=desk.agree)
    assert result.code == exits.OK, result.err
    assert desk.labels() == []
