"""How often the owner of a new key with five accounts has to touch it (docs/concepts/consent.md).

Nobody presses the button unless a line says so. A command that asked for it would wait, and end in an error.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.consent import PRESS, announced, told
from tests.support.terminal import CommandDesk, MakeDesk
from totpkey.cli import exits
from totpkey_protocol import limits

FIVE = [f"Shop {number}:me@example.com" for number in range(5)]
PIN = "31428"


def test_five_accounts_one_after_the_other_take_none(make_desk: MakeDesk) -> None:
    desk = make_desk(clock_set=False)
    assert desk.run("time", "sync").code == exits.OK
    for name in FIVE:
        desk.add(name)
    listed = desk.run("list").out
    assert all(name.partition(":")[0] in listed for name in FIVE)


def test_a_pin_takes_one_gesture(desk: CommandDesk) -> None:
    for name in FIVE:
        desk.add(name)
    result = desk.run("pin", "set", "--stdin", stdin=PIN, when_asked=desk.agree)
    assert result.code == exits.OK
    assert result.err.count("The key: press") == 1


def test_five_at_once_take_one_press(desk: CommandDesk, tmp_path: Path) -> None:
    file = tmp_path / "five.txt"
    uris = [f"otpauth://totp/{name}?secret=JBSWY3DPEHPK3PXP".replace(" ", "%20") for name in FIVE]
    file.write_text("\n".join(uris) + "\n", encoding="utf-8")
    result = desk.run("import", "--force", str(file), when_asked=desk.agree)
    assert result.code == exits.OK, result.err
    assert result.err.count("The key: press") == 1
    assert f"Saved: {len(FIVE)} accounts" in result.err


@pytest.mark.parametrize("hands", ["early", "impatient", "miscounting"])
def test_hands_that_fail_have_another_try_within_25_s(hands: str, desk: CommandDesk) -> None:
    desk.add(FIVE[0])

    def fails() -> None:
        if hands != "early":
            announced(desk.key)
        # As if both counts were one.
        counts = {"early": 1, "impatient": sum(map(int, told()[0])), "miscounting": int(told()[0][0]) + 1}
        for _ in range(counts[hands]):
            desk.key.press(PRESS)
            desk.key.run(0.2)

    began = desk.key.uptime_ms
    result = desk.run("remove", "--force", FIVE[0], when_asked=[fails, desk.agree])
    assert result.code == exits.OK, result.err
    assert desk.key.uptime_ms - began < 25_000
    assert result.err.count("To remove Shop 0:me@example.com for good.\nThe key: press") == 2
    assert "another program" not in result.err.lower()
    assert f"asks again in {limits.CALM} s" in result.err


def test_hands_that_never_succeed_are_asked_three_times(desk: CommandDesk) -> None:
    desk.add(FIVE[0])
    result = desk.run("remove", "--force", FIVE[0], when_asked=[lambda: desk.key.press(0.8)] * 3)
    assert (result.code, result.err.count("The key: press")) == (exits.NO_PRESS, 3)
    assert FIVE[0] in desk.run("list").out
