"""Virtual keys with the product's firmware: what they spare is not noticed.

A remembered step leaves the key in the same state as the real step. A key that dozes, or whose code was
translated, does what the others do.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import translate
from tests.support import remembered
from tests.support.desk import AMAZON, GITHUB, Desk
from tests.support.keys import MORNING
from totpkey.install.drive import drive_folder
from totpkey_protocol import storage
from totpkey_virtual.chip import translations
from totpkey_virtual.chip.key import ChipKey
from totpkey_virtual.key import Report
from totpkey_virtual.simulator import SimulatedKey
from totpkey_virtual.snapshot import Snapshot
from totpkey_virtual.traffic import Channel, Stream, watch_traffic


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "_results", type(remembered._results)())


def new(image: Path) -> Desk:
    return Desk(ChipKey(image, drive_folder(), alone=storage.FILES))


def set_up(desk: Desk) -> list[tuple[Channel, bytes]]:
    """What passes at all streams while a new key is set up."""
    passed: list[tuple[Channel, bytes]] = []

    def watch(stream: Stream, data: bytes) -> None:
        passed.append((stream.channel, data))

    with watch_traffic(watch):
        desk.plug_in()
        desk.provision(AMAZON, GITHUB)
    return passed


@pytest.mark.chip
def test_a_step_is_walked_once_and_comes_to_the_same(image: Path) -> None:
    walked, recalled = new(image), new(image)
    told = set_up(walked)
    ends = len(remembered._results)

    key = recalled.key
    assert set_up(recalled) == told

    assert len(remembered._results) == ends
    assert recalled.key is key
    assert key.uptime_ms == walked.key.uptime_ms
    assert key.flash == walked.key.flash
    assert recalled.press() == walked.press() == recalled.code(AMAZON)


@pytest.mark.chip
def test_other_accounts_are_another_step(image: Path) -> None:
    one, other = new(image), new(image)
    one.plug_in()
    one.provision(AMAZON)

    other.plug_in()
    other.provision(GITHUB)

    assert other.press() == other.code(GITHUB)


@pytest.mark.chip
def test_a_test_that_watches_the_key_itself_sees_it_start(image: Path) -> None:
    new(image).plug_in()
    desk = new(image)
    seen: list[Report] = []
    desk.key.usb.on_report = seen.append
    present: list[bool] = []
    desk.key.usb.on_presence = lambda there: present.append(there)

    desk.plug_in()
    desk.provision(AMAZON)
    desk.press()

    assert present[0]
    assert len(seen) == 7


@dataclass
class Day:
    """What a key typed, how often it looked at its button, and how far its choice went."""

    text: str
    looks: int
    chosen: str


def _spent(dozes: bool) -> Day:
    """A press, one that waits for the next code, a choice with the button, and setup again."""
    key = SimulatedKey(drive_folder(), entropy=random.Random(1).randbytes)
    desk = Desk(key)
    key.plug()
    key.dozes = dozes
    desk.settle()
    desk.provision(AMAZON, GITHUB)
    desk.press()
    desk.press(65)
    key.press(0.8)
    key.run(2)
    desk.press()
    assert key._chip is not None
    looks = key._chip.machine.looks
    with desk.setup_client() as client:
        (chosen,) = (entry.name for entry in client.list() if entry.chosen)
    return Day(desk.computer.text, looks, chosen)


def test_a_key_that_dozes_does_the_same_in_fewer_rounds() -> None:
    awake, dozing = _spent(dozes=False), _spent(dozes=True)
    assert (dozing.text, dozing.chosen) == (awake.text, awake.chosen)
    assert dozing.chosen == GITHUB.name
    assert len(dozing.text) == 6 + 6 + 8
    assert dozing.looks < awake.looks / 3


#: To translate and compile takes long.


def states(image: Path) -> Iterator[str]:
    """Yield a digest of all of a key at random moments: its start, waiting, and the way to setup."""
    key = ChipKey(image, drive_folder(), start_time=MORNING, alone=storage.FILES)
    key.plug()
    key.run_until(lambda: key.usb.enumeration is not None)
    moments = random.Random(5)
    for step in range(160):
        key.set_button(60 <= step < 120)
        key.run(moments.randrange(1, 80_000_000) / 1e9)
        yield Snapshot(key).digest


@pytest.mark.chip
@pytest.mark.slow
def test_a_key_is_at_each_moment_as_without_translation(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    translate.translate(image)
    with_translation = list(states(image))
    untranslated = translations.Tables()
    monkeypatch.setattr(translations, "tables", lambda _memories: untranslated)

    assert list(states(image)) == with_translation
