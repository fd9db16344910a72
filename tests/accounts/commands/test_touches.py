"""How often the owner of a new key with five accounts has to touch it (docs/concepts/consent.md).

Nobody presses the button unless a line says so. A command that asked for it would wait, and end in an error.
"""

from __future__ import annotations

from pathlib import Path

from tests.support.terminal import CommandDesk, MakeDesk
from totpkey.cli import exits

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
