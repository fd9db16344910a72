"""Our own advice followed for years, with the page, which asks of a key what the command asks."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from tests.page.scripts import run
from tests.support.cases import slow
from tests.support.years import follow, ordinary
from totpkey.clock import host_clock
from totpkey.clock.synchronise import synchronise
from totpkey.link.client import KeyClient
from totpkey_virtual.key import VirtualKey

#: A key that answers at once and keeps what it is asked, at a time that only waiting moves on.
_PAGE = """
    let now = given * 1000;
    Date.now = () => now;
    globalThis.setTimeout = (action, wait) => { now += wait; action(); };
    const asked = [];
    const time = () => ({ time: Math.floor(now / 1000), milliseconds: Math.floor(now % 1000) });
    await synchroniseClock({
      beginSession: async () => {},
      refresh: async () => {},
      ask: async (command, fields) => {
        if (command !== "time") asked.push({ command, ...(await fields()) });
        return time();
      },
    });
    return asked;
"""


def asked_by_page(now: float) -> list[dict[str, int]]:
    """Return what the page asks of a key to set its clock."""
    return cast("list[dict[str, int]]", run(("link/key",), _PAGE, now))


def test_page_and_command_ask_the_same_of_a_key() -> None:
    """A browser does not tell whether anything keeps the computer's clock right; nor do some systems."""
    asked: list[tuple[int, int]] = []
    now = [1_800_000_000.4]
    answer = SimpleNamespace(seconds=1_800_000_001.0)
    client = SimpleNamespace(
        hello=lambda: None, time=lambda: answer, set_time=lambda time, within: asked.append((time(), within))
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(host_clock, "status", lambda: host_clock.UNKNOWN)
        synchronise(cast(KeyClient, client), lambda: now[0], lambda seconds: now.append(now.pop() + seconds))
    (request,) = asked_by_page(1_800_000_000.4)
    assert request == {"command": "set_time", "time": asked[0][0], "within": asked[0][1]}
    assert asked == [(1_800_000_001, 2000)]


def by_page(key: VirtualKey, client: KeyClient) -> object:
    (request,) = asked_by_page(key.true_time)
    key.run(request["time"] - key.true_time)
    return client.set_time(request["time"], request["within"])


@pytest.mark.parametrize("name", ["DS3231", *map(slow, ("RV-3032", "RV-3028", "PCF8523"))])
def test_five_years_by_the_page(name: str) -> None:
    follow(ordinary(name, by_page))
