"""A key that was busy during a gesture counts the gesture as it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from totpkey_firmware.panel.pin_entry import DIGIT_PAUSE
from totpkey_firmware.setup import asking
from totpkey_protocol.limits import ANNOUNCED
from totpkey_protocol.words import CHANGE

if TYPE_CHECKING:
    from totpkey_firmware.setup.request import Request, Steps

LASTS = 80
SHOWN = 1000 * ANNOUNCED


def counted(pause: int) -> asking.Asking:
    """Press twice, pause, and press once; the key looks at all of it only then."""
    one = asking.Asking(cast("Request", None), cast("Steps", None), CHANGE, "23", 0, locked=False)
    for at in (2000, 2200, 2200 + LASTS + pause):
        one.down(SHOWN, at)
        one.up(LASTS, at + LASTS)
    return one


def test_a_count_that_had_its_pause_is_over_although_nobody_looked() -> None:
    one = counted(DIGIT_PAUSE)
    assert (one.counted, one.presses) == ("2", 1)


def test_a_shorter_pause_goes_on_counting() -> None:
    assert counted(DIGIT_PAUSE - 1).counted == ""
