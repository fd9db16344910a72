"""Amazon Seller Central from its first page to the first code, at a terminal, in both languages."""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.pictures.test_qr import code, page, saved
from tests.support.terminal import CommandDesk, MakeDesk
from totpkey.accounts import base32, codes
from totpkey.cli import exits
from totpkey.enroll import recipes
from totpkey.i18n import key_errors, translation
from totpkey_virtual.computer import Computer

#: As Amazon shows it: 52 characters in groups.
SHOWN = "MFZW GZDF NNUW 4ZZA ORQX G2LO M4QH G2LN OBWG KIDG N5ZC A43F NRWG"
SECRET = base32.decode(SHOWN)
#: After so many seconds without a word something hangs.
_PATIENCE = 20
MAIL = "seller@example.com"


class Person:
    """Someone at a terminal, who reads what is there before they answer."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self.seen = ""
        self._unread = b""

    def reads(self, words: str) -> None:
        """Wait until these words are on the screen."""
        while words.encode() not in self._unread:
            came = self._read()
            assert came, f"{words!r} never came; last: {self._unread.decode(errors='replace')[-500:]!r}"
            self._unread += came
        before, found, self._unread = self._unread.partition(words.encode())
        self.seen += (before + found).decode(errors="replace")

    def answers(self, text: str) -> None:
        os.write(self._terminal, text.encode() + b"\n")

    def reads_the_rest(self) -> None:
        while came := self._read():
            self._unread += came
        self.seen += self._unread.decode(errors="replace")

    def _read(self) -> bytes:
        if not select.select([self._terminal], [], [], _PATIENCE)[0]:
            return b""
        try:
            return os.read(self._terminal, 4096)
        except OSError:
            # Linux says so when the program has ended.
            return b""


@contextmanager
def at_a_terminal(
    desk: CommandDesk, *arguments: str, language: str
) -> Iterator[tuple[Person, subprocess.Popen[bytes]]]:
    ours, theirs = os.openpty()
    program = [sys.executable, "-m", "totpkey", "--port", str(desk.bridge.path), *arguments]
    environment = {**os.environ, "LANGUAGE": "", "LC_ALL": language, "PYTHONUTF8": "1"}
    with subprocess.Popen(
        program, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, env=environment
    ) as process:
        os.close(theirs)
        try:
            yield Person(ours), process
        finally:
            # A test that fails in the middle shall not wait for answers.
            process.kill()
    os.close(ours)


def type_into_the_page(desk: CommandDesk) -> tuple[str, set[str]]:
    """Press the button with the cursor in the site's field; what arrives there, and what it may be."""
    with desk.bridge.lock:
        computer = desk.computer = Computer(desk.key)
        times = [desk.key.true_time]
        desk.press()
        # A code that is about to end is not typed: the next one comes when it begins.
        assert desk.key.run_until(lambda: len(computer.text) == 6, 40)
        times.append(desk.key.true_time)
        text = computer.text
    return text, {codes.totp(SECRET, int(time)) for time in times}


def listed(desk: CommandDesk) -> list[str]:
    return [account["label"] for account in json.loads(desk.run("list", "--json").out)]


WORDS = {
    "en_US.UTF-8": {
        "path": "Which of these are you?",
        "settings": "Login settings",
        "way": "How do you want to add it",
        "step": "Click “Can't scan the bar code?”",
        "paste": "Paste the setup key here",
        "which": "Which seller account is it?",
        "press": "press the key's button",
        "accepted": "Did the site accept the code?",
        "again": "Wait for the next code",
        "backup": "no authenticator app as the backup method",
    },
    "zh_CN.UTF-8": {
        "path": "您属于哪种情况？",
        "settings": "Login settings（登录设置）",
        "way": "怎样添加",
        "step": "点击二维码下方的“Can't scan the bar code?",
        "paste": "请在此粘贴密钥",
        "which": "是哪个卖家账户？",
        "press": "按一下钥匙的按钮",
        "accepted": "网站接受了验证码吗？",
        "again": "请等待下一个验证码",
        "backup": "亚马逊不接受身份验证器应用作为备用方式",
    },
}


@pytest.mark.parametrize("language", WORDS)
def test_seller_central_by_its_secret(desk: CommandDesk, language: str) -> None:
    words = WORDS[language]
    desk.add("GitHub:me")
    with at_a_terminal(desk, "enroll", "seller", language=language) as (person, process):
        person.reads(words["path"])
        person.answers("1")
        person.reads(words["way"])
        person.answers("1")
        person.reads(words["paste"])
        person.answers(SHOWN)
        person.reads(words["which"])
        person.answers(MAIL)
        person.reads(words["accepted"])
        text, possible = type_into_the_page(desk)
        assert text in possible
        person.answers("y")
        person.reads("`totpkey done`")
        assert process.wait() == exits.OK
    assert all(person.seen.count(words[name]) >= 1 for name in ("settings", "step", "press", "backup"))
    assert "https://sellercentral.amazon.com/" in person.seen
    assert f"Amazon:{MAIL}" in person.seen
    assert SHOWN[:14] not in person.seen
    assert listed(desk) == ["me", MAIL]


@pytest.mark.parametrize("language", WORDS)
def test_seller_central_by_its_qr_code(desk: CommandDesk, language: str, tmp_path: Path) -> None:
    words = WORDS[language]
    text = base32.encode(SECRET)
    uri = f"otpauth://totp/Amazon%3A{MAIL}?secret={text}&issuer=Amazon"
    picture = tmp_path / "screenshot.png"
    picture.write_bytes(saved(page((code(uri), (900, 300))), "PNG"))
    arguments = ("enroll", "amazon-seller-central", "--qr", str(picture))
    with at_a_terminal(desk, *arguments, language=language) as (person, process):
        person.reads(words["accepted"])
        came, possible = type_into_the_page(desk)
        assert came in possible
        person.answers("y")
        person.reads(words["backup"])
        person.reads_the_rest()
        assert process.wait() == exits.OK
    assert listed(desk) == [MAIL]


@pytest.mark.parametrize("language", WORDS)
def test_a_code_that_the_site_refuses(desk: CommandDesk, language: str) -> None:
    words = WORDS[language]
    arguments = ("enroll", "seller", "--way", "key", "--name", f"Amazon:{MAIL}")
    with at_a_terminal(desk, *arguments, language=language) as (person, process):
        person.reads(words["path"])
        person.answers("1")
        person.reads(words["paste"])
        person.answers(SHOWN)
        person.reads(words["accepted"])
        person.answers("n")
        person.reads(words["again"])
        person.reads(words["accepted"])
        person.answers("n")
        person.reads("`totpkey remove ")
        person.reads_the_rest()
        assert process.wait() == exits.ERROR
    assert listed(desk) == [MAIL]


def test_the_sites_that_are_known(desk: CommandDesk) -> None:
    listing = desk.run("enroll", "--list").out
    assert "amazon-seller-central" in listing
    assert listing.splitlines()[-1].startswith("generic")


def test_a_key_without_the_time_is_not_enrolled(make_desk: object) -> None:
    desk = make_desk(clock_set=False)  # type: ignore[operator]
    result = desk.run("enroll", "github")
    assert result.code == exits.ERROR
    assert "time sync" in result.err


def test_a_secret_in_the_place_of_a_name_is_refused(desk: CommandDesk) -> None:
    result = desk.run("enroll", "github", "--name", SHOWN)
    assert result.code == exits.USAGE
    assert SHOWN[:9] not in result.err


def test_two_keys_in_one_walk(desk: CommandDesk, make_desk: MakeDesk) -> None:
    """Sites that keep one authenticator only: the same secret onto both, and the first key types."""
    spare = make_desk(uid=bytes(range(8, 16)))
    arguments = ("enroll", "github", "--way", "key", "--also", str(spare.bridge.path))
    with at_a_terminal(desk, *arguments, language="en_US.UTF-8") as (person, process):
        person.reads("Paste the setup key here")
        person.answers(SHOWN)
        person.reads("Enter its user name")
        person.answers("octocat")
        person.reads("Saved on the second key, 08090a0b0c0d0e0f")
        person.reads("Did the site accept the code?")
        text, possible = type_into_the_page(desk)
        assert text in possible
        person.answers("y")
        person.reads_the_rest()
        assert process.wait() == exits.OK
    assert listed(desk) == listed(spare) == ["octocat"]


def test_a_name_that_is_taken_has_a_way_on_that_this_command_knows(desk: CommandDesk) -> None:
    account = desk.add(f"Amazon:{MAIL}")
    arguments = ("enroll", "seller", "--way", "key", "--name", f"Amazon:{MAIL}")
    with at_a_terminal(desk, *arguments, language="en_US.UTF-8") as (person, process):
        person.reads(WORDS["en_US.UTF-8"]["path"])
        person.answers("1")
        person.reads("Paste the setup key here")
        person.answers(SHOWN)
        person.reads('--name "Amazon:OTHER"')
        person.reads_the_rest()
        assert process.wait() == exits.ERROR
    assert f"`totpkey rename {account} …`" in person.seen
    assert "--force" not in person.seen
    assert listed(desk) == [MAIL]


# In Chinese throughout

#: Words that are the same in Chinese: commands, options, names, what stands on sites' pages.
_NOT_WORDS = re.compile(
    r"`[^`]*`|“[^”]*”|https?:\S+|--?\w[\w-]*|[\w.+-]+@[\w.]+|/\S+|otpauth://|\b[0-9a-f]{8,}\b"
    r"|\b(totpkey|Amazon|Seller Central|base32|DS3231|PIN|UTF-8|USB|QR|OTP|GitHub|Google|Microsoft|ppm"
    r"|Wayland|FILE|KEY|NAME|y|n|Y|N|A|Z|I|L|ms|s|PNG|JPEG|WebP|PDF|Steam Guard|HEIC|iPhone|Linux"
    r"|pip|Python|URI|SHA-512)\b"
)


def english_in(text: str) -> list[str]:
    """The lines with English words in them."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    lines = (_NOT_WORDS.sub("", line) for line in plain.splitlines())
    return [line for line in lines if re.search(r"[A-Za-z]{2,}", line)]


def run_in_chinese(desk: CommandDesk, *arguments: str, stdin: str = "") -> str:
    """What a command says to a reader of Chinese."""
    program = [sys.executable, "-m", "totpkey", "--port", str(desk.bridge.path), *arguments]
    environment = {**os.environ, "LANGUAGE": "", "LC_ALL": "zh_CN.UTF-8", "PYTHONUTF8": "1"}
    done = subprocess.run(
        program, input=stdin.encode(), capture_output=True, env=environment, check=False, timeout=60
    )
    return (done.stdout + done.stderr).decode()


def test_the_way_of_a_seller_has_no_english_on_it(desk: CommandDesk) -> None:
    said = run_in_chinese(desk, "time", "sync")
    arguments = ("enroll", "seller", "--way", "key")
    with at_a_terminal(desk, *arguments, language="zh_CN.UTF-8") as (person, process):
        person.reads(WORDS["zh_CN.UTF-8"]["path"])
        person.answers("1")
        person.reads(WORDS["zh_CN.UTF-8"]["paste"])
        person.answers(SHOWN)
        person.reads(WORDS["zh_CN.UTF-8"]["which"])
        person.answers(MAIL)
        person.reads(WORDS["zh_CN.UTF-8"]["accepted"])
        person.answers("n")
        person.reads(WORDS["zh_CN.UTF-8"]["again"])
        person.reads(WORDS["zh_CN.UTF-8"]["accepted"])
        person.answers("y")
        person.reads_the_rest()
        assert process.wait() == exits.OK
    said += person.seen + run_in_chinese(desk, "done")
    assert said.count("\n") > 12
    assert english_in(said) == []


@pytest.mark.parametrize(
    ("arguments", "stdin", "words"),
    [
        (("--port", "/nonexistent", "enroll", "seller"), "", "没有串口"),
        (("enroll", "nonsense"), "", "的指南，或有多个符合"),
        (("add", "--stdin", "Amazon:me"), "short0", "数字 0"),
        (("add", "--stdin", "Amazon:me"), "MFZWGZDFNNUW4ZZA!", "不是 base32"),
        (("add", "--stdin", "Amazon:me"), "MFZWGZDFNNUW4ZZAM", "末尾可能缺失"),
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
    for given in ("No such file or directory", *recipes.load()):
        said = said.replace(given, "")
    assert english_in(said) == []


@pytest.mark.parametrize("code", key_errors.TABLE)
def test_every_refusal_of_a_key_has_words_in_chinese(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translation, "_current", lambda: translation.translator(["zh_CN"]))
    said = "\n".join(key_errors.explain(code, "标签"))
    assert re.search("[\u4e00-\u9fff]", said)
    assert english_in(said.replace("docs/install.md", "")) == []
