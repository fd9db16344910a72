"""Our own advice followed for years, with the command: a key never stops typing, and types right codes."""

from __future__ import annotations

import pytest

from tests.support.cases import slow
from tests.support.keys import MakeKey
from tests.support.led import flickers, watch
from tests.support.years import KEYS, Years, follow, ordinary
from totpkey.clock import host_clock
from totpkey.clock.synchronise import synchronise
from totpkey.install.drive import drive_folder
from totpkey.link.client import KeyClient
from totpkey_virtual.clock_chip import YEAR
from totpkey_virtual.key import VirtualKey
from totpkey_virtual.simulator import SimulatedKey


@pytest.fixture(autouse=True)
def synchronised(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this machine's system says of its clock."""
    monkeypatch.setattr(host_clock, "status", lambda: host_clock.SYNCHRONISED)


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
