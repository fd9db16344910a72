"""`totpkey calibrate` in a Windows console: what the key types arrives there, with some layouts."""

from __future__ import annotations

from functools import partial
from itertools import count

import pytest

from tests.layouts.dead_keys import DeadKeys
from tests.support.consent import asked
from tests.support.port import LIMIT
from tests.support.terminal import CommandDesk
from tests.support.typed import Typed
from tests.windows import wine
from totpkey.keyboard.layouts import layouts
from totpkey_virtual.computer import LINUX
from totpkey_virtual.hosts import XkbKeyboard, XkbMissing

pytestmark = pytest.mark.needs("windows")

#: What the command says for each touch, and at its end.
ASKS, STORED = "The key: press", "Stored: "


# The keys of the digits give other characters on a French keyboard; the last of them is à, by whose number
# C's own functions announce a cursor key.
@pytest.mark.parametrize(
    ("layout", "answers", "stored"),
    [("us", True, ("keypad", "us")), ("fr", True, ("keypad", "fr")), ("fr", False, ("top-row", "fr"))],
    ids=["us", "fr", "fr without NumLock"],
)
def test_what_arrives_in_a_console_is_stored(
    desk: CommandDesk, layout: str, answers: bool, stored: tuple[str, str]
) -> None:
    try:
        keyboard = XkbKeyboard(*layouts()[layout].xkb, LINUX)
    except XkbMissing as missing:
        pytest.skip(str(missing))
    assert desk.run("init", "--lock", "device").code == 0
    console = wine.Console(wine.program(*wine.COMMAND, "--port", desk.port, "calibrate"))
    Typed(desk, console.type, keyboard, DeadKeys(), answers)
    press_until_it_ends(desk, console)
    assert console.end() == 0, console.text
    typing = desk.told("typing")
    assert (typing["mode"], typing["layout"]) == stored, console.text


def press_until_it_ends(desk: CommandDesk, console: wine.Console) -> None:
    """Press the button as often as the key asks."""
    for pressed in count():
        assert console.wait_for(partial(has_gone_on, pressed)), console.text
        if STORED in console.text:
            return
        assert desk.key.run_until(lambda: asked(desk.key) != "", LIMIT)
        desk.agree()


def has_gone_on(pressed: int, text: str) -> bool:
    """Whether a press is asked for, after so many others, or all is done."""
    return text.count(ASKS) > pressed or STORED in text
