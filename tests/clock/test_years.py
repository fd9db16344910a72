"""Our own advice followed for years: a key never stops typing, and types right codes.

Every page gives it alike. Of many sticks a sample is tried of those whose percentiles the document has.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from benchmarks.decades import ADVISED, KINDS, Kind, days, documented
from tests.support.cases import sampled, slow
from tests.support.keys import MakeKey
from tests.support.led import flickers, watch
from tests.support.years import KEYS, Years, follow, ordinary
from totpkey.clock.synchronise import synchronise
from totpkey.install.drive import drive_folder
from totpkey.link.client import KeyClient
from totpkey_firmware.clock import drift
from totpkey_virtual.clock_chip import YEAR
from totpkey_virtual.key import VirtualKey
from totpkey_virtual.simulator import SimulatedKey

pytestmark = pytest.mark.usefixtures("synchronised")


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
