"""The driver on the key's own processor and SPI, with the virtual element at its pins."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.element.remote import MakeKey, Remote

STEPS = ("command taken", "slot 0 erased", "slot 0 written", "result ready")
#: What is sent to a slot, as the key writes it.
OLD, NEW, PROBE = (letter * 32 for letter in (b"o", b"n", b"p"))


@pytest.fixture
def remote(make: MakeKey, tmp_path: Path) -> Remote:
    return Remote(make, tmp_path)


def mac(remote: Remote, data: bytes, slot: int = 0) -> object:
    return remote.ask(f"chip.mac_and_destroy({slot}, {data!r})")


def test_a_session_and_its_end(remote: Remote) -> None:
    assert remote.ask("chip.answers()") is True
    assert remote.ask("chip.chip_id()") == remote.memory.chip_id
    assert remote.ask("chip.public_key()") == remote.memory.public
    assert remote.open() is None
    data = os.urandom(100)
    assert remote.ask(f"chip.ping({data!r})") == data
    assert len(remote.ask("chip.random(255)")) == 255
    mac(remote, OLD)
    expected = mac(remote, PROBE)
    assert mac(remote, PROBE) != expected
    mac(remote, OLD)
    assert mac(remote, PROBE) == expected
    # Whatever is wrong ends in a refusal, and the next session is sound.
    element = remote.key.element
    assert element is not None
    element.alarm = True
    assert remote.ask("chip.answers()") is False
    assert mac(remote, OLD) == ("ElementError", "session lost", 0)
    element.alarm, element.connected = False, False
    assert remote.ask("chip.answers()") is False
    assert remote.ask("chip.chip_id()") == ("ElementError", "no answer", 0)
    element.connected = True
    assert remote.open() is None
    assert remote.ask("chip.ping(b'!')") == b"!"


def test_it_is_spoken_to_in_mode_0_alone(remote: Remote) -> None:
    assert remote.ask("chip.answers()") is True
    # Private names are shortened on the chip.
    bus = "[part for part in wire.__dict__.values() if hasattr(part, 'configure')][0]"
    for mode in ("phase=1", "polarity=1", "polarity=1, phase=1"):
        assert remote.ask(f"{bus}.configure(baudrate=4000000, {mode})") is None
        assert remote.ask("chip.answers()") is False
    remote.ask(f"{bus}.configure(baudrate=4000000)")
    assert remote.ask("chip.answers()") is True


def test_without_an_element(make: MakeKey, tmp_path: Path) -> None:
    remote = Remote(make, tmp_path, with_element=False)
    assert remote.ask("chip.answers()") is False
    # A glance of a few milliseconds, of which a key without one would hardly know.
    assert remote.ask("timed(lambda: chip.answers())") < 10_000
    assert remote.open() == ("ElementError", "no answer", 0)


def test_the_key_is_its_own_every_few_milliseconds(remote: Remote) -> None:
    """While a session is opened: button, light and clock go on."""
    assert remote.ask(f"slices({remote.keys!r}, {os.urandom(32)!r})") <= 25


#: The chip goes through one of them: two starts and two sessions each.
ON_SIMULATOR = pytest.mark.simulator_only(reason="the chip has one cut within a command")


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(0, marks=ON_SIMULATOR),
        1,
        pytest.param(2, marks=ON_SIMULATOR),
        pytest.param(3, marks=ON_SIMULATOR),
    ],
)
def test_the_power_fails_within_a_command(remote: Remote, step: int) -> None:
    """The slot is as it was, erased, or new; a session opens afterwards, and the slot can be used."""
    remote.open()
    given = {}
    for content in (OLD, NEW):
        mac(remote, content)
        given[content] = mac(remote, PROBE)
    mac(remote, OLD)
    remote.memory.steps.clear()
    remote.memory.cut_at = step
    assert mac(remote, NEW) is None
    assert not remote.key.plugged
    assert remote.memory.steps[-1] == STEPS[step]
    remote.memory.cut_at = None
    remote.plug()
    assert remote.open() is None
    answer = mac(remote, PROBE)
    held = {0: given[OLD], 2: given[NEW], 3: given[NEW]}
    assert answer == held[step] if step in held else answer not in given.values()
    mac(remote, NEW)
    assert mac(remote, PROBE) == given[NEW]
