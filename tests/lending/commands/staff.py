"""The owner at a terminal, and what they and the staff do there."""

from __future__ import annotations

import pytest

from tests.support.terminal import CommandDesk, MakeDesk, Result
from totpkey.cli import exits

ANNA, BEN = bytes(range(8, 16)), bytes(range(16, 24))
CODES = ("--codes", "5", "--from", "the shop", "--force")


def card_of(desk: CommandDesk, name: str = "Anna", *options: str) -> str:
    made = desk.run("card", "--make", "--name", name, *options, when_asked=desk.agree)
    assert made.code == exits.OK, made.err
    return made.out.strip()


def lend(desk: CommandDesk, card: str, *options: str) -> Result:
    return desk.run("lend", "till", "--to", card, *(options or CODES), when_asked=desk.agree)


def accept(desk: CommandDesk, source: str, stdin: str = "", touched: bool = True) -> Result:
    when = desk.agree if touched else ()
    return desk.run("accept", source, stdin=stdin, when_asked=when, surely=touched)


@pytest.fixture
def owner(make_desk: MakeDesk) -> CommandDesk:
    desk = make_desk()
    desk.add("Shop:till")
    return desk
