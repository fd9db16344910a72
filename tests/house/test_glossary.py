"""All words that users see follow docs/reference/glossary.md and docs/reference/glossary.zh-CN.md."""

from __future__ import annotations

import pytest

import glossary


def test_page_and_command_keep_to_the_glossary() -> None:
    assert not glossary.faults(), "\n".join(map(str, glossary.faults()))


def test_the_glossary_is_read() -> None:
    english, chinese = glossary.forbidden(glossary.ENGLISH), glossary.forbidden(glossary.CHINESE)
    assert {"face", "vault", "export blob", "recipe", "blank", "slot", "dialout"} <= set(english)
    assert {"硬件密钥", "支钥匙", "登记", "你"} <= set(chinese)
    assert english["export blob"] == "backup"
    assert not {"word", "we say", "词", "用"} & {*english, *chinese}


@pytest.mark.parametrize(
    "text", ["The key shows its setup face.", "A Token.", "Blank it.", "Add yourself to dialout."]
)
def test_english_that_a_seller_does_not_know(text: str) -> None:
    assert [fault.text for fault in glossary.in_english({"here": text})] == [text]


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("请插上硬件密钥。", "Plug in the key, for its secret."),
        ("请插上这支钥匙。", "Plug in the key."),
        ("错误： 没有找到。", "Error: nothing was found."),
        ("没有找到 。", "Nothing was found."),
        ("请按一下密钥的按钮。", "Press the key's button."),
        ("你的账户", "Your accounts"),
    ],
)
def test_chinese_that_breaks_a_rule(text: str, english: str) -> None:
    assert {fault.text for fault in glossary.in_chinese({"here": text}, {"here": english})} == {text}
