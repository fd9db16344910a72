"""What goes wrong on the way to an account is said in the reader's language, with a remedy that works.

After a wrong answer the command asks again, without repeating it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from readers.tests.pictures.codes import OTHER, URI, code, page, saved
from tests.enroll.person import MAIL, SHOWN, WORDS, enrolling, run_in_chinese
from tests.support.chinese import english_in
from tests.support.person import at_a_terminal
from tests.support.terminal import CommandDesk
from totpkey.cli import exits
from totpkey.enroll import guides
from totpkey.i18n import key_words, translation

AGAIN = {
    "en_US.UTF-8": ("Type a number from 1 to 13.", "Type y for yes or n for no.", "1", "yes"),
    "zh_CN.UTF-8": ("请输入 1 到 13 之间的数字。", "请输入“是”或“否”", "１", "是"),
}


@pytest.mark.parametrize("language", AGAIN)
def test_a_wrong_answer_on_the_way_is_asked_again(desk: CommandDesk, language: str) -> None:
    words = WORDS[language]
    number, yes_or_no, first, yes = AGAIN[language]
    with enrolling(desk, language=language) as person:
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


ENGLISH = "en_US.UTF-8"
#: 17 characters, as no base32 text has.
_ONE_MORE = "MFZW GZDF NNUW 4ZZA M"


def test_a_secret_of_an_odd_length_is_taken_by_the_option_that_is_named(desk: CommandDesk) -> None:
    arguments = ("github", "--way", "key", "--name", "GitHub:me")
    with at_a_terminal(desk, "enroll", *arguments) as (person, process):
        person.replies("Paste the setup key here", _ONE_MORE)
        person.reads("use --lenient")
        # It is asked for again at once, and nothing of it goes to the shell.
        person.reads("Paste the setup key here")
        assert process.poll() is None
        assert _ONE_MORE not in person.seen
    with enrolling(desk, *arguments, "--lenient") as person:
        person.replies("Paste the setup key here", _ONE_MORE)
        person.replies("Did the site accept the code?", "y")
    assert desk.labels() == ["me"]


@pytest.mark.parametrize("path", ["", "%20", ":"])
def test_a_uri_without_a_name_gets_one(desk: CommandDesk, path: str) -> None:
    """As a bare secret does, whose name is asked for."""
    secret = SHOWN.replace(" ", "")
    with enrolling(desk, "github", "--way", "key") as person:
        person.replies("Paste the setup key here", f"otpauth://totp/{path}?secret={secret}")
        for label in ("  ", "octocat"):
            person.replies("Enter its user name", label)
        person.reads("GitHub:octocat")
        person.replies("Did the site accept the code?", "y")
    assert desk.labels() == ["octocat"]


def test_without_a_terminal_it_names_the_command_that_takes_a_pipe(desk: CommandDesk) -> None:
    piped = desk.run("enroll", "github", "--way", "key", stdin=SHOWN)
    assert piped.code == exits.USAGE
    assert "`totpkey add --stdin NAME`" in piped.err
    assert "1. " not in piped.err
    assert desk.run("add", "--stdin", "GitHub:me", stdin=SHOWN).code == exits.OK
    said = run_in_chinese(desk, "enroll", "seller", "--way", "key", stdin="1\n")
    assert "没有可供粘贴密钥的终端" in said
    assert WORDS["zh_CN.UTF-8"]["step"] not in said


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
