"""`totpkey time` and related commands, on a simulated key, and their advice followed for years.

A key never stops typing, and types right codes. Every page gives the advice alike. Of many sticks a sample is
tried of those whose percentiles the document has.
"""

from __future__ import annotations

import ctypes
import struct
import time
from dataclasses import replace
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.decades import ADVISED, KINDS, Kind, days, documented
from tests.support.cases import sampled, slow
from tests.support.keys import MakeKey
from tests.support.led import flickers, watch
from tests.support.terminal import CommandDesk, Result, desk, make_desk, world
from tests.support.years import KEYS, Years, follow, ordinary
from totpkey.accounts import codes
from totpkey.cli import exits
from totpkey.clock import host_clock, phrases
from totpkey.clock.synchronise import synchronise
from totpkey.install.drive import drive_folder
from totpkey.link.client import KeyClient
from totpkey.link.replies import Clock
from totpkey_firmware.clock import drift
from totpkey_readers.records import base32
from totpkey_virtual.clock_chip import YEAR
from totpkey_virtual.key import VirtualKey
from totpkey_virtual.simulator import SimulatedKey

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
    sync(desk, 0).ended(
        exits.OK,
        "in step with this computer",
        "It may be off by ±0.1 s now, and stays within ±15 s until",
        "Set its clock again in ",
    )
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
    sync(desk, 0.2).ended(exits.OK, "0.2 s behind this computer", "more than 50 ms")
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
    desk.run("time", "sync").ended(exits.OK, "unsynchronised", "±2.0 s now")


def test_a_computer_whose_clock_is_evidently_wrong_sets_none(desk: CommandDesk) -> None:
    desk.world.ahead = 1_700_000_000 - desk.key.true_time
    desk.run("time", "sync").ended(exits.ERROR, "impossible time")


def test_what_was_agreed_to_is_in_the_log(desk: CommandDesk) -> None:
    assert desk.run("time", "sync").code == exits.OK
    desk.add("Amazon:shop")
    assert "has needed anybody's consent" in desk.run("time", "log").err
    shift(desk, 7200)
    desk.run("time", "sync", when_asked=desk.agree).ended(exits.OK, "The key: press")
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


def test_a_time_from_before_the_first_setting_is_none_and_put_right(desk: CommandDesk) -> None:
    """No code was given yet: the first setting alone tells that this time is over."""
    assert desk.run("time", "sync").code == exits.OK
    desk.add("Amazon:shop")
    shift(desk, -7200)
    assert desk.told("time")["clock"] == "lost"
    assert "has lost its time" in desk.run("time").err
    assert desk.run("time", "sync", when_asked=desk.agree).code == exits.OK
    assert desk.told("time")["clock"] == "trusted"
    assert abs(desk.key.clock.unix_time - desk.key.true_time) < 0.01


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
    from_codes(desk, code(shown), code(shown + 30)).ended(exits.OK)
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
    from_codes(desk, code(shown), code(shown + 30)).ended(exits.OK)


def test_a_computer_that_nothing_keeps_right_is_not_asked_first(
    desk: CommandDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many systems go on from where they were switched off: that may be long ago."""
    desk.add("Amazon:shop")
    monkeypatch.setattr(host_clock, "status", lambda: host_clock.UNSYNCHRONISED)
    desk.world.ahead = 30 * 86400
    now = desk.key.true_time
    from_codes(desk, code(now), code(now + 30)).ended(exits.OK)


def test_a_person_can_tell_about_what_time_it_is(desk: CommandDesk) -> None:
    desk.add("Amazon:shop")
    shown = desk.key.true_time - 20 * 86400
    entered = code(shown), code(shown + 30)
    from_codes(desk, *entered).ended(exits.ERROR, "--around")
    day = time.strftime("%Y-%m-%d", time.localtime(shown))
    from_codes(desk, *entered, "--around", day).ended(exits.OK)


@pytest.mark.slow
def test_codes_of_steam_tell_the_time_too(desk: CommandDesk) -> None:
    uri = f"otpauth://totp/Steam:me?secret={SECRET}&issuer=Steam&encoder=steam"
    desk.run("init", "--lock", "device")
    assert desk.run("typing", "set", "--layout", "us", when_asked=desk.agree).code == exits.OK
    assert desk.run("add", "--stdin", stdin=uri, when_asked=desk.agree).code == exits.OK
    shown = [codes.steam(base32.decode(SECRET), int(desk.key.true_time) + later) for later in (0, 30)]
    from_codes(desk, shown[0].lower(), shown[1], name="me").ended(exits.OK)
    desk.run("time", "from-codes", "me", stdin="0OOOO\n").ended(exits.USAGE, "Steam")


@pytest.mark.slow
def test_codes_that_do_not_fit(desk: CommandDesk) -> None:
    desk.add("Amazon:shop")
    now = desk.key.true_time
    from_codes(desk, code(now), code(now + 60)).ended(exits.ERROR, "one after the other")
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


def by_command(key: VirtualKey, client: KeyClient) -> object:
    return synchronise(client, lambda: key.true_time, key.run)


@pytest.mark.parametrize("name", ["DS3231", *map(slow, ("RV-3032", "RV-3028", "PCF8523"))])
def test_five_years_by_the_command(name: str) -> None:
    follow(ordinary(name, by_command))


@pytest.mark.slow
def test_a_year_of_the_recommended_kit_on_the_chip(make_key: MakeKey) -> None:
    kind, crystal = KEYS["DS3231"]
    follow(Years(make_key(drive_folder(), kind), crystal, by_command, between=25 * 86400.0), 1)


def test_set_once_and_never_again_it_types_on_and_its_light_doubts() -> None:
    """Two years of the recommended kit: its code is still the right one, or the one before or after."""
    key = ordinary("DS3231", by_command)
    for age, doubt in ((40, 0), (70, 1), (150, 2), (365, 3)):
        key.live(age * 86400.0, [])
        key.desk.plug_in()
        assert isinstance(key.key, SimulatedKey)
        key.key.dozes = False
        assert flickers(watch(key.key, 13)) == doubt
        key.key.dozes = True
        key.key.unplug()
    key.live(2 * YEAR, [])
    assert (key.untyped, key.outside) == (0, 0)


STICKS = [(kind, number) for number in range(3) for kind in KINDS]


@pytest.mark.parametrize("stick", sampled(STICKS, STICKS[: len(KINDS)]), ids=str)
def test_a_stick_is_never_further_off_than_it_says(stick: tuple[Kind, int]) -> None:
    for within, settings in product((60, 2000), (ADVISED, ())):
        assert all(abs(day.off) <= day.said for day in days(*stick, settings, within))


def test_the_document_has_the_sticks_of_this_model() -> None:
    for kind in KINDS:
        figures = documented()[kind.name]
        assert figures[6] <= 0.5, "99.5 % are never further off than they say"
        first = [day for day in days(kind, 0) if day.age <= YEAR]
        assert max(day.said for day in first) == pytest.approx(figures[3], rel=0.3)


def test_aiming_slow_pays_where_a_site_looks_back_only_and_costs_little_elsewhere() -> None:
    for name in ("DS3231SN, typical", "DS3231SN, its sheet"):
        back, back_slow, both, both_slow = documented()[name][7:]
        assert back_slow < back / 3
        assert both_slow <= both + 0.3


ROOT = Path(__file__).resolve().parents[2]
ENGLISH = "after {}, {} and {} months, then once a year"
CHINESE = "用了 {} 个月、{} 个月和 {} 个月时各校准一次，之后每年一次"
PAGES = ("README", "docs/guide/time", "docs/guide/page-guide")
#: In English, the page's guide leaves it to the page.
SAID = [(f"{page}.md", ENGLISH) for page in PAGES[:2]] + [(f"{page}.zh-CN.md", CHINESE) for page in PAGES]


@pytest.mark.parametrize(("page", "advice"), SAID)
def test_every_page_gives_the_one_schedule(page: str, advice: str) -> None:
    months = [round(age / 86400 / 30.4) for age in drift.AGES]
    text = " ".join((ROOT / page).read_text(encoding="utf-8").split())
    assert advice.format(*months) in text
