"""Amazon Seller Central from its first page to the first code, at a terminal, in both languages.

What goes wrong on the way is said in the reader's language, with a remedy that works. After a wrong answer
the command asks again. Every message is translated in every catalogue, with the same placeholders, and the
guides are consistent.
"""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import build_catalogues
import update_messages
from readers.tests.pictures.codes import OTHER, URI, code, page, saved
from tests.commands.person import MAIL, SHOWN, WORDS, enrolling, run_in_chinese, type_into_the_page
from tests.support.chinese import english_in
from tests.support.person import at_a_terminal
from tests.support.terminal import CommandDesk, MakeDesk
from totpkey import errors
from totpkey.cli import exits
from totpkey.enroll import guides
from totpkey.enroll.guides import Guide
from totpkey.i18n import key_words, translation


@pytest.mark.parametrize("language", WORDS)
def test_seller_central_by_its_secret(desk: CommandDesk, language: str) -> None:
    words = WORDS[language]
    desk.add("GitHub:me")
    with enrolling(desk, "seller", language=language) as person:
        person.replies(words["paste"], SHOWN)
        person.replies(words["which"], MAIL)
        person.reads(words["accepted"])
        type_into_the_page(desk)
        person.answers("y")
        person.reads("`totpkey done`")
    assert all(person.seen.count(words[name]) >= 1 for name in ("settings", "step", "press", "backup"))
    assert "https://sellercentral.amazon.com/" in person.seen
    assert f"Amazon:{MAIL}" in person.seen
    assert SHOWN[:14] not in person.seen
    assert desk.labels() == ["me", MAIL]


@pytest.mark.parametrize(("language", "no"), [("en_US.UTF-8", "n"), ("zh_CN.UTF-8", "否")])
def test_a_code_that_the_site_refuses(desk: CommandDesk, language: str, no: str) -> None:
    words = WORDS[language]
    arguments = ("seller", "--way", "key", "--name", f"Amazon:{MAIL}")
    with enrolling(desk, *arguments, language=language, ends=exits.ERROR) as person:
        person.replies(words["paste"], SHOWN)
        person.replies(words["accepted"], no)
        person.reads(words["again"])
        person.replies(words["accepted"], no)
        person.reads("`totpkey remove ")
    assert desk.labels() == [MAIL]
    if no == "否":
        assert english_in(person.seen) == []


def test_what_was_not_seen_of_a_site_comes_before_its_steps(desk: CommandDesk) -> None:
    with enrolling(desk, "temu", "--way", "key", "--name", f"Temu:{MAIL}") as person:
        person.reads("could not be seen (29 November 2026)")
        person.reads("1. ")
        person.replies("Paste the setup key here", SHOWN)
        person.replies("Did the site accept the code?", "y")
    assert desk.labels() == [MAIL]


def test_the_sites_that_are_known(desk: CommandDesk) -> None:
    listing = desk.run("enroll", "--list").out
    assert "amazon-seller-central" in listing
    assert listing.splitlines()[-1].startswith("generic")


def test_a_new_key_is_given_the_time_and_one_that_has_lost_it_is_not(make_desk: MakeDesk) -> None:
    """As on the page. Without a terminal the walk ends after that."""
    new = make_desk(clock_set=False)
    assert new.run("enroll", "github").code == exits.USAGE
    assert new.told("time")["clock"] == "trusted"
    lost = make_desk(uid=bytes(8), clock_set=False)
    lost.add("GitHub:me")
    lost.run("enroll", "github").ended(exits.ERROR, "time sync")


def test_a_secret_in_the_place_of_a_name_is_refused(desk: CommandDesk) -> None:
    result = desk.run("enroll", "github", "--name", SHOWN).ended(exits.USAGE)
    assert SHOWN[:9] not in result.err


def test_a_setup_key_is_asked_for_until_it_can_be_one(desk: CommandDesk) -> None:
    """A link whose key lacks its end is refused at once, and letters may come in full width."""
    with enrolling(desk, "github", "--way", "key", "--name", "GitHub:octocat") as person:
        person.reads("Paste the setup key here")
        person.answers(f"otpauth://totp/octocat?secret={SHOWN.replace(' ', '')[:-1]}")
        person.reads("Paste the setup key here")
        person.answers("".join(chr(ord(each) + 0xFEE0) if each != " " else each for each in SHOWN))
        person.reads("Did the site accept the code?")
        type_into_the_page(desk)
        person.answers("y")
    assert desk.labels() == ["octocat"]


def test_two_keys_in_one_walk(desk: CommandDesk, make_desk: MakeDesk) -> None:
    """Sites that keep one authenticator only: the same secret onto both, and the first key types."""
    spare = make_desk(uid=bytes(range(8, 16)))
    with enrolling(desk, "github", "--way", "key", "--also", spare.port) as person:
        person.replies("Paste the setup key here", SHOWN)
        person.replies("Enter its user name", "octocat")
        person.reads("Saved on the second key, 08090a0b0c0d0e0f")
        person.reads("Did the site accept the code?")
        type_into_the_page(desk)
        person.answers("y")
    assert desk.labels() == spare.labels() == ["octocat"]


def test_a_name_that_is_taken_has_a_way_on_that_this_command_knows(desk: CommandDesk) -> None:
    account = desk.add(f"Amazon:{MAIL}")
    with enrolling(desk, "seller", "--way", "key", "--name", f"Amazon:{MAIL}", ends=exits.ERROR) as person:
        person.replies("Paste the setup key here", SHOWN)
        person.reads('--name "Amazon:OTHER"')
    assert f"`totpkey rename {account} …`" in person.seen
    assert "--force" not in person.seen
    assert desk.labels() == [MAIL]


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
    result = desk.run("add", "--qr", str(picture), stdin=f"3\n{SHOWN}\n\n2\n").ended(exits.OK)
    assert result.err.count("Type a number from 1 to 2.") == 2
    assert "1  GitHub:me" in result.err
    assert "2  Amazon:shop@example.com" in result.err
    assert SHOWN not in result.err + result.out
    assert desk.labels() == ["shop@example.com"]


def test_the_questions_of_init(desk: CommandDesk) -> None:
    result = desk.run("init", stdin=f"{SHOWN}\n4\n1\n{SHOWN}\nn\n", when_asked=desk.agree).ended(exits.OK)
    assert result.err.count("Type a number from 1 to 3.") == 2
    assert result.err.count("Type y for yes or n for no.") == 1
    assert SHOWN not in result.err + result.out


@pytest.mark.parametrize("yes", ["是", "ｙ", "YES"])
def test_a_yes_is_one_in_chinese_too(desk: CommandDesk, yes: str) -> None:
    desk.add("Amazon:shop")
    desk.run("remove", "shop", stdin=f"{yes}\n", when_asked=desk.agree).ended(exits.OK)
    assert desk.labels() == []


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


CATALOGUES = list(update_messages.CATALOGUES.glob("*/LC_MESSAGES/*.po"))
#: Texts in “” are those on a site's pages, which a translation repeats.
_QUOTED = re.compile("“([^”（]+)")


@pytest.fixture
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The catalogues as they are in the sources now."""
    folder = build_catalogues.build(tmp_path)
    monkeypatch.setattr(translation, "folder", lambda: str(folder))
    return folder


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.parent.name)
def test_a_catalogue_is_complete(path: Path) -> None:
    wanted = {str(message.id) for message in update_messages.messages() if message.id}
    with path.open("rb") as file:
        entries = {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}
    assert set(entries) == wanted, "run make messages"
    for message, translated in entries.items():
        assert translated, message
        # click quotes with !r, as Python does; Chinese has quotation marks of its own.
        places = re.compile(r"{(\w+)(?:!r)?}|`([^`]+)`")
        assert sorted(places.findall(message)) == sorted(places.findall(translated))


def test_chinese_keeps_the_words_on_the_sites_pages(compiled: Path) -> None:
    translate = translation.translator(["zh_CN"])
    for name in ("amazon-seller-central", "amazon"):
        for message in guides.load()[name].messages():
            assert set(_QUOTED.findall(message)) <= set(_QUOTED.findall(translate(message))), message


@pytest.mark.parametrize("name", guides.load())
def test_a_recipe_can_be_walked(name: str) -> None:
    recipe = guides.load()[name]
    led = Guide(recipe, str)
    assert {way.takes for way in recipe.ways} == {guides.KEY, guides.QR}
    for way, from_the_start in product(recipe.ways, (True, False)):
        steps = list(led.steps(way, from_the_start))
        paths = recipe.paths if from_the_start else ()
        wanted = [*(step for path in paths[:1] for step in path.steps), *recipe.start, *way.steps]
        numbered = [step for step in steps if step[0].isdigit()]
        assert len(numbered) == len(wanted)
        # What is said of the other path and way comes after.
        assert len(steps) == len(wanted) + len(paths[1:]) + len(recipe.ways) - 1
        assert all("{" not in step for step in steps)
    assert recipe.finish in led.typing()
    assert len(list(led.reminders())) == len(recipe.backup) + 2


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("amazon", "amazon"),
        ("Amazon Seller", "amazon-seller-central"),
        ("GITHUB", "github"),
        ("goo", "google"),
    ],
)
def test_a_site_is_found_by_its_name(name: str, found: str) -> None:
    assert guides.find(name).id == found


@pytest.mark.parametrize("name", ["nonsense", "g"])
def test_a_site_that_is_none_or_several(name: str) -> None:
    with pytest.raises(errors.NoSuchRecipe) as raised:
        guides.find(name)
    assert "generic" in raised.value.remedy


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "zh-Hans-CN"}, "zh_CN"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANGUAGE": "zh_CN:en", "LANG": "en_US.UTF-8"}, "zh_CN"),
        ({"LANG": "C"}, "C"),
        ({"LANG": "de_DE.UTF-8"}, "de_DE"),
    ],
)
def test_the_locale_decides(environment: dict[str, str], language: str) -> None:
    assert translation.preferred(environment)[0] == language


def test_a_language_that_is_not_there_is_english(compiled: Path) -> None:
    assert translation.translator(["de_DE"])("Which site?") == "Which site?"
    assert translation.translator(["zh_CN"])("Which site?") != "Which site?"


def test_both_read_mes_know_the_same_commands() -> None:
    """Chinese readers are told of every command that English ones are, and the other way round."""
    english, chinese = (
        set(re.findall(r"totpkey ([a-z]+(?: [a-z]+)?)", (update_messages.ROOT / name).read_text("utf-8")))
        for name in ("README.md", "README.zh-CN.md")
    )
    first = {words.split()[0] for words in english}
    assert first == {words.split()[0] for words in chinese}
    assert {"clone", "restore", "enroll", "doctor"} <= first
