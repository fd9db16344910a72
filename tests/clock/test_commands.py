"""`totpkey time` and related commands, on a simulated key."""

from __future__ import annotations

import ctypes
import struct
import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.terminal import CommandDesk, Result, desk, make_desk, world
from totpkey.accounts import codes
from totpkey.cli import exits
from totpkey.clock import host_clock, phrases
from totpkey.link.replies import Clock
from totpkey_readers.records import base32

__all__ = ["desk", "make_desk", "world"]

pytestmark = pytest.mark.usefixtures("synchronised")

SECRET = "JBSWY3DPEHPK3PXP"
CLOCK = Clock("trusted", "DS3231", "unknown", 0, 0, 0, 0, 0, 0, 0, 0, 0)


def code(moment: float) -> str:
    return codes.totp(base32.decode(SECRET), int(moment), "SHA1", 6, 30)


def shift(desk: CommandDesk, seconds: float) -> None:
    """The clock chip is off by that much when the key is plugged in again."""
    desk.key.clock.set_unix(desk.key.true_time + seconds)
    desk.replug_for_setup()


def sync(desk: CommandDesk, late: float) -> Result:
    """Run `totpkey time sync` on a computer that goes on `late` seconds late each time that it waits."""
    sleep = desk.world.sleep
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk.world, "sleep", lambda seconds: sleep(seconds + late if seconds else 0))
        return desk.run("time", "sync")


def from_codes(desk: CommandDesk, first: str, second: str, *options: str, name: str = "shop") -> Result:
    """Run `totpkey time from-codes`, and enter one code after the other."""
    answers = f"{first}\n\n{second}\n"
    return desk.run("time", "from-codes", name, *options, stdin=answers, when_asked=desk.agree)


def test_sync_says_how_long_it_will_do(desk: CommandDesk) -> None:
    done = sync(desk, 0)
    assert done.code == exits.OK
    assert "in step with this computer" in done.err
    # 15 s at 7 ppm are three weeks: near enough to tell the day.
    assert "It may be off by ±0.1 s now, and stays within ±15 s until" in done.err
    assert "Set its clock again in " in done.err
    told = desk.told("time")
    assert 0 < told["off"] < 0.2
    assert 24 * 86400 < told["until"] - desk.key.true_time < 25 * 86400


def test_info_names_the_first_time_until_a_person_agrees_to_one(desk: CommandDesk) -> None:
    """A new key takes it without a touch, from anyone."""

    def told() -> tuple[str, int | None]:
        line = next(line for line in desk.run("info").out.splitlines() if line.startswith("clock"))
        return line, desk.told("info")["clock_first_set"]

    assert desk.run("time", "sync").code == exits.OK
    desk.add("Amazon:shop")
    words, first = told()
    assert first is not None
    assert abs(first - desk.key.true_time) < 60
    assert f"keeps time; first set without a touch, at {phrases.moment(first)} by its own time" in words
    shift(desk, 7200)
    assert told()[1] == first
    assert desk.run("time", "sync", when_asked=desk.agree).code == exits.OK
    assert "first set" not in told()[0]
    assert told()[1] is None


def test_a_computer_that_misses_the_second_is_told_so(desk: CommandDesk) -> None:
    done = sync(desk, 0.2)
    assert done.code == exits.OK
    assert "0.2 s behind this computer" in done.err
    assert "more than 50 ms" in done.err
    # So the key allows for it.
    assert desk.told("time")["off"] >= 1


def test_the_command_says_when_to_set_it_again_and_when_it_stops() -> None:
    """By itself never; with a limit of 60 s, at 1 ppm, when so much is used up."""
    known = replace(CLOCK, set=1_802_649_600, again=1_818_201_600, until=1_803_000_000, rate=1000)
    assert "Set its clock again in August 2027. It types on after that" in phrases.next_setting(known)
    assert "types nothing from July 2028 on" in phrases.next_setting(replace(known, limit=60))
    assert phrases.next_setting(CLOCK) == ""


@pytest.mark.parametrize(
    ("added", "words"),
    [
        (-1230, "By itself its DS3231 gains 1.23 ppm, or 39 s a year"),
        (400, "By itself its DS3231 loses 0.40 ppm, or 13 s a year"),
    ],
)
def test_a_drift_in_words(added: int, words: str) -> None:
    assert words in phrases.drift(replace(CLOCK, added=added))
    assert phrases.drift(CLOCK) == ""


def test_a_budget_in_words() -> None:
    now = 1_800_000_000.0
    known = replace(CLOCK, set=1_799_000_000, until=1_836_000_000, off=4000)
    words = phrases.budget(known, now)
    assert words == "It may be off by ±4.0 s now, and stays within ±15 s until March 2028."
    assert "±21 s by now" in phrases.budget(replace(known, off=21_000), 1_840_000_000.0)
    assert "is unknown" in phrases.budget(CLOCK, now)


def test_a_computer_that_nothing_keeps_right_is_warned_about(
    desk: CommandDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_clock, "status", lambda: host_clock.UNSYNCHRONISED)
    done = desk.run("time", "sync")
    assert done.code == exits.OK
    assert "unsynchronised" in done.err
    assert "±2.0 s now" in done.err


def test_a_computer_whose_clock_is_evidently_wrong_sets_none(desk: CommandDesk) -> None:
    desk.world.ahead = 1_700_000_000 - desk.key.true_time
    refused = desk.run("time", "sync")
    assert refused.code == exits.ERROR
    assert "impossible time" in refused.err


def test_what_was_agreed_to_is_in_the_log(desk: CommandDesk) -> None:
    assert desk.run("time", "sync").code == exits.OK
    desk.add("Amazon:shop")
    assert "has needed anybody's consent" in desk.run("time", "log").err
    shift(desk, 7200)
    held = desk.run("time", "sync", when_asked=desk.agree)
    assert held.code == exits.OK
    assert "The key: press" in held.err
    (entry,) = desk.told("time", "log")
    assert entry["reason"] == "back"
    assert 7190 < entry["before"] - entry["after"] < 7210
    assert "set back by more than it drifts" in desk.run("time", "log").out


def test_without_the_hold_the_time_stays(desk: CommandDesk) -> None:
    assert desk.run("time", "sync").code == exits.OK
    desk.add("Amazon:shop")
    shift(desk, 7200)
    assert desk.run("time", "sync", when_asked=desk.press_and_wait).code == exits.NO_PRESS
    assert "1 h 59 min ahead" in desk.run("time").out or "2 h 0 min ahead" in desk.run("time").out


@pytest.mark.slow
def test_a_time_from_before_the_first_setting_is_none(desk: CommandDesk) -> None:
    assert desk.run("time", "sync").code == exits.OK
    desk.add("Amazon:shop")
    shift(desk, -7200)
    assert desk.told("time")["clock"] == "lost"
    assert "has lost its time" in desk.run("time").err
    assert desk.run("time", "sync", when_asked=desk.agree).code == exits.OK
    assert desk.told("time")["clock"] == "trusted"


def test_the_limit(desk: CommandDesk) -> None:
    desk.add("Amazon:shop")
    assert desk.run("time", "limit").out.strip() == "no limit"
    assert desk.run("time", "limit", "90", when_asked=desk.agree).out.strip() == "90 s"
    assert desk.run("time", "limit", "--none", when_asked=desk.agree).out.strip() == "no limit"
    assert desk.run("time", "limit", "5").code == exits.USAGE


@pytest.mark.parametrize("ago", [0, 7200])
def test_the_time_of_another_authenticator(desk: CommandDesk, ago: int) -> None:
    desk.add("Amazon:shop")
    shown = desk.key.true_time - ago
    done = from_codes(desk, code(shown), code(shown + 30))
    assert done.code == exits.OK, done.err
    began = (int(shown) // 30 + 1) * 30
    told = desk.told("time")
    # A step too far would be 30 s.
    assert 0 < told["time"] - began < 25
    (entry,) = desk.told("time", "log")
    assert entry["reason"] == "codes"


def test_a_computer_with_a_dead_battery_does_not_mislead_the_key(desk: CommandDesk) -> None:
    """It shows its first day each time it is switched on. The key's own time is nearer."""
    desk.add("Amazon:shop")
    desk.world.ahead = 946_684_800 - desk.key.true_time
    shown = desk.key.true_time - 3600
    done = from_codes(desk, code(shown), code(shown + 30))
    assert done.code == exits.OK, done.err


def test_a_computer_that_nothing_keeps_right_is_not_asked_first(
    desk: CommandDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many systems go on from where they were switched off: that may be long ago."""
    desk.add("Amazon:shop")
    monkeypatch.setattr(host_clock, "status", lambda: host_clock.UNSYNCHRONISED)
    desk.world.ahead = 30 * 86400
    now = desk.key.true_time
    done = from_codes(desk, code(now), code(now + 30))
    assert done.code == exits.OK, done.err


def test_a_person_can_tell_about_what_time_it_is(desk: CommandDesk) -> None:
    desk.add("Amazon:shop")
    shown = desk.key.true_time - 20 * 86400
    entered = code(shown), code(shown + 30)
    failed = from_codes(desk, *entered)
    assert failed.code == exits.ERROR
    assert "--around" in failed.err
    day = time.strftime("%Y-%m-%d", time.localtime(shown))
    done = from_codes(desk, *entered, "--around", day)
    assert done.code == exits.OK, done.err


@pytest.mark.slow
def test_codes_of_steam_tell_the_time_too(desk: CommandDesk) -> None:
    uri = f"otpauth://totp/Steam:me?secret={SECRET}&issuer=Steam&encoder=steam"
    desk.run("init", "--lock", "device")
    assert desk.run("typing", "set", "--layout", "us", when_asked=desk.agree).code == exits.OK
    assert desk.run("add", "--stdin", stdin=uri, when_asked=desk.agree).code == exits.OK
    shown = [codes.steam(base32.decode(SECRET), int(desk.key.true_time) + later) for later in (0, 30)]
    done = from_codes(desk, shown[0].lower(), shown[1], name="me")
    assert done.code == exits.OK, done.err
    refused = desk.run("time", "from-codes", "me", stdin="0OOOO\n")
    assert refused.code == exits.USAGE
    assert "Steam" in refused.err


@pytest.mark.slow
def test_codes_that_do_not_fit(desk: CommandDesk) -> None:
    desk.add("Amazon:shop")
    now = desk.key.true_time
    refused = from_codes(desk, code(now), code(now + 60))
    assert refused.code == exits.ERROR
    assert "one after the other" in refused.err
    assert desk.run("time", "from-codes", "shop", stdin="12345\n").code == exits.USAGE


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Leap Indicator: 0(no warning)\nStratum: 4\n", host_clock.SYNCHRONISED),
        ("Leap 指示符: 3(未同步)\n层次: 0 (未指定)\n", host_clock.UNSYNCHRONISED),
        ("Der Dienst wurde nicht gestartet.", host_clock.UNKNOWN),
    ],
)
def test_what_windows_says_of_its_clock(text: str, status: str) -> None:
    assert host_clock.from_w32tm(text) == status


@pytest.mark.parametrize(
    ("answer", "status", "told"),
    [
        (0, 0, host_clock.SYNCHRONISED),
        (0, 0x40, host_clock.UNSYNCHRONISED),
        (5, 0, host_clock.UNSYNCHRONISED),
        (-1, 0, host_clock.UNKNOWN),
    ],
)
def test_what_linux_says_of_its_clock(
    answer: int, status: int, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By adjtimex(2), whose status has its place behind a word and four long ones."""

    def adjtimex(timex: Any) -> int:
        struct.pack_into("@I4li", timex._obj, 0, 0, 0, 0, 0, 0, status)
        return answer

    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: SimpleNamespace(adjtimex=adjtimex))
    assert host_clock._linux() == told


def test_this_machine_says_something_of_its_clock() -> None:
    assert host_clock._linux() in (host_clock.SYNCHRONISED, host_clock.UNSYNCHRONISED)


def test_the_list_tells_of_uses(desk: CommandDesk) -> None:
    desk.add("Amazon:shop")
    desk.add("GitHub:me")
    assert "USES" not in desk.run("list").out
    assert desk.run("code", "shop", when_asked=desk.agree).code == exits.OK
    head, amazon, github = desk.run("list", "-l").out.splitlines()
    assert head.split()[-2:] == ["USES", "LAST"]
    assert amazon.split()[-4] == "1"
    assert amazon.split()[-3] == time.strftime("%Y-%m-%d", time.gmtime(desk.key.true_time))
    assert github.split()[-2:] == ["0", "never"]
    told = desk.told("list", "-l")
    assert [entry["uses"] for entry in told] == [1, 0]
    assert "uses" not in desk.told("list")[0]
