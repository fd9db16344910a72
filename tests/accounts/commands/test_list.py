"""totpkey list."""

from __future__ import annotations

import json

from tests.support.terminal import CommandDesk


def test_the_list_shows_each_account_s_light(desk: CommandDesk) -> None:
    for name in ("Amazon:shop", "GitHub:me"):
        desk.add(name)
    head, *rows = desk.run("list").out.splitlines()
    assert "LIGHT" in head
    assert [row[head.index("LIGHT") :].split("  ")[0] for row in rows] == [
        "amber, one blink",
        "blue, two blinks",
    ]
    told = json.loads(desk.run("list", "--json").out)
    assert [one["light"] for one in told] == [
        {"colour": "amber", "blinks": 1},
        {"colour": "blue", "blinks": 2},
    ]
