"""Amazon Seller Central from its first page to the first code, at a terminal, in both languages."""

from __future__ import annotations

import pytest

from tests.enroll.person import MAIL, SHOWN, WORDS, enrolling, type_into_the_page
from tests.support.chinese import english_in
from tests.support.terminal import CommandDesk, MakeDesk
from totpkey.cli import exits


@pytest.mark.parametrize("language", WORDS)
def test_seller_central_by_its_secret(desk: CommandDesk, language: str) -> None:
    words = WORDS[language]
    desk.add("GitHub:me")
    with enrolling(desk, "seller", language=language) as person:
        person.replies(words["paste"], SHOWN)
        person.replies(words["which"], MAIL)
        person.reads(words["accepted"])
        text, possible = type_into_the_page(desk)
        assert text in possible
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
    language = "en_US.UTF-8"
    words = WORDS[language]
    with enrolling(desk, "temu", "--way", "key", "--name", f"Temu:{MAIL}", language=language) as person:
        person.reads("could not be seen (29 November 2026)")
        person.reads("1. ")
        person.replies(words["paste"], SHOWN)
        person.replies(words["accepted"], "y")
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
    result = lost.run("enroll", "github")
    assert result.code == exits.ERROR
    assert "time sync" in result.err


def test_a_secret_in_the_place_of_a_name_is_refused(desk: CommandDesk) -> None:
    result = desk.run("enroll", "github", "--name", SHOWN)
    assert result.code == exits.USAGE
    assert SHOWN[:9] not in result.err


def test_a_setup_key_is_asked_for_until_it_can_be_one(desk: CommandDesk) -> None:
    """A link whose key lacks its end is refused at once, and letters may come in full width."""
    with enrolling(desk, "github", "--way", "key", "--name", "GitHub:octocat") as person:
        person.reads("Paste the setup key here")
        person.answers(f"otpauth://totp/octocat?secret={SHOWN.replace(' ', '')[:-1]}")
        person.reads("Paste the setup key here")
        person.answers("".join(chr(ord(each) + 0xFEE0) if each != " " else each for each in SHOWN))
        person.reads("Did the site accept the code?")
        text, possible = type_into_the_page(desk)
        assert text in possible
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
        text, possible = type_into_the_page(desk)
        assert text in possible
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
