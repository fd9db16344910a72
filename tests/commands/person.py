"""A person who enrols at a terminal: what they paste, read and answer, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.person import Person, at_a_terminal
from tests.support.terminal import CommandDesk
from totpkey.accounts import codes
from totpkey.cli import exits
from totpkey.i18n import translation
from totpkey_readers.records import base32
from totpkey_virtual.computer import Computer

#: As Amazon shows it: 52 characters in groups.
SHOWN = "MFZW GZDF NNUW 4ZZA ORQX G2LO M4QH G2LN OBWG KIDG N5ZC A43F NRWG"
SECRET = base32.decode(SHOWN)
MAIL = "seller@example.com"


WORDS = {
    "en_US.UTF-8": {
        "site": "Which site?",
        "settings": "Login settings",
        "step": "Click “Can't scan the bar code?”",
        "paste": "Paste the setup key here",
        "which": "Which seller account is it?",
        "press": "press the key's button",
        "accepted": "Did the site accept the code?",
        "again": "Wait for the next code",
        "backup": "no authenticator app as the backup method",
    },
    "zh_CN.UTF-8": {
        "site": "哪个网站？",
        "settings": "Login settings（登录设置）",
        "step": "点击二维码下方的“Can't scan the bar code?",
        "paste": "请在此粘贴密钥",
        "which": "是哪个卖家账户？",
        "press": "按一下钥匙的按钮",
        "accepted": "验证通过了吗？",
        "again": "请等待下一个验证码",
        "backup": "亚马逊不接受身份验证器应用作为备用方式",
    },
}


@contextmanager
def enrolling(
    desk: CommandDesk, *arguments: str, language: str = "en_US.UTF-8", ends: int = exits.OK
) -> Iterator[Person]:
    """A person at a terminal where `totpkey enroll` runs, which ends with that code."""
    with at_a_terminal(desk, "enroll", *arguments, language=language) as (person, process):
        yield person
        person.reads_the_rest()
        assert process.wait() == ends


def run_in_chinese(desk: CommandDesk, *arguments: str, stdin: str = "") -> str:
    """What a command says to a reader of Chinese."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(translation, "_current", lambda: translation.translator(["zh_CN"]))
        done = desk.run(*arguments, stdin=stdin)
    return done.out + done.err


def type_into_the_page(desk: CommandDesk) -> None:
    """Press the button with the cursor in the site's field, and see that a right code arrives there."""
    computer = desk.computer = Computer(desk.key)
    # The program has set a new key to this computer's time. The key's world is some seconds ahead of it.
    times = [desk.key.clock.unix_time]
    desk.press()
    # A code that is about to end is not typed: the next one comes when it begins.
    assert desk.key.run_until(lambda: len(computer.text) == 6, 40)
    times.append(desk.key.clock.unix_time)
    assert computer.text in {codes.totp(SECRET, int(time)) for time in times}
