"""A remembered step leaves the key in the same state as the real step, and a test notices no difference."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import remembered
from tests.support.desk import AMAZON, GITHUB, Desk
from totpkey.install.drive import drive_folder
from totpkey_protocol import storage
from totpkey_virtual.chip.key import ChipKey
from totpkey_virtual.key import Report
from totpkey_virtual.traffic import Channel, Stream, watch_traffic

pytestmark = pytest.mark.chip


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


def test_other_accounts_are_another_step(image: Path) -> None:
    one, other = new(image), new(image)
    one.plug_in()
    one.provision(AMAZON)

    other.plug_in()
    other.provision(GITHUB)

    assert other.press() == other.code(GITHUB)


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
