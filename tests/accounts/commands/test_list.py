"""totpkey list."""

from __future__ import annotations

from tests.support.terminal import CommandDesk
from totpkey.cli import exits


def test_the_list_shows_each_account_s_light(desk: CommandDesk) -> None:
    for name in ("Amazon:shop", "GitHub:me"):
        desk.add(name)
    head, *rows = desk.run("list").out.splitlines()
    assert "LIGHT" in head
    assert [row[head.index("LIGHT") :].split("  ")[0] for row in rows] == [
        "● amber",
        "●● violet, chosen",
    ]
    told = desk.told("list")
    assert [one["light"] for one in told] == [
        {"colour": "amber", "flashes": "."},
        {"colour": "violet", "flashes": ".."},
    ]
    assert [one["chosen"] for one in told] == [False, True]


def test_an_account_is_chosen_by_its_name_and_stays_so(desk: CommandDesk) -> None:
    for name in ("Amazon:shop", "GitHub:me"):
        desk.add(name)
    assert "1 short (amber)" in desk.run("choose", "Amazon", when_asked=desk.agree).err
    assert desk.run("done").code == exits.OK
    desk.replug_for_setup()
    assert [one["chosen"] for one in desk.told("list")] == [True, False]
