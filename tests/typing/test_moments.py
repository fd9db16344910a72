"""A press belongs to the moment and to the computer in which it was made: else it types nothing, with red.

The flash has the slowest times of its data sheet, so that the key is busy for as long as it can be.
"""

from __future__ import annotations

import struct

import pytest

from tests.flash import attacker
from tests.journal.reading import FULL, with_marks
from tests.support.cases import sampled
from tests.support.desk import AMAZON, GITHUB, Desk
from tests.support.led import lasting, of_colour, watch
from tests.support.remembered import remembered
from tests.typing.typing_setups import ready
from totpkey_virtual.flash import SLOWEST

RED = (60, 0, 0)
#: When the key counts at leisure, in ms after its configuration.
LEISURE = range(4600, 7400, 60)
CHIP = "there the moments lie elsewhere"


@remembered
def used(desk: Desk, marks: int) -> None:
    """A key that has given so many codes since it last counted them."""
    ready(desk)
    desk.expect_code(AMAZON)
    desk.unplug()
    flash = desk.key.flash
    (data_key,) = attacker.data_keys(flash)
    entries = [struct.pack("<IIB", 5, 1_700_000_000 + number, 0x81) for number in range(marks - 1)]
    desk.key.flash = with_marks(flash, data_key, entries)
    desk.away_from_the_boundary(AMAZON, 12)
    desk.key.set_flash_times(*SLOWEST)
    desk.key.plug()
    assert desk.key.run_until(lambda: desk.key.usb.enumeration is not None, 8)


def is_red(desk: Desk) -> bool:
    """Whether the light says in the next seconds that something was not taken."""
    return lasting(of_colour(desk.key, watch(desk.key, 3), RED), 60) >= 5


@pytest.mark.usefixtures("usual_flash")
@pytest.mark.simulator_only(reason=CHIP)
@pytest.mark.parametrize("another", [False, True], ids=["", "another computer"])
@pytest.mark.parametrize("moment", sampled(LEISURE, LEISURE[3::7]))
def test_a_press_while_the_key_counts_is_typed_or_told(desk: Desk, moment: int, another: bool) -> None:
    """And never typed at another computer, to which somebody goes at once."""
    used(desk, FULL - 30)
    desk.key.run(moment / 1000)
    before, code = len(desk.computer.text), desk.code(AMAZON)
    desk.key.press(0.06)
    left = len(desk.computer.text)
    if another:
        desk.key.reset_port(0.01)
    red = is_red(desk)
    assert desk.computer.text[before:] == code or red, "nothing says that it was not taken"
    if another:
        desk.key.run(30)
        assert desk.computer.text[left:] == ""
    desk.key.run(8)
    assert sum(byte != 0xFF for byte in desk.key.nvm) <= 40, "in the end it has counted"


@pytest.mark.usefixtures("usual_flash")
@pytest.mark.simulator_only(reason=CHIP)
@pytest.mark.parametrize("moment", sampled(range(0, 2000, 40), range(240, 2000, 480)))
def test_nothing_that_waited_while_the_key_counted_is_typed_at_the_next_computer(
    desk: Desk, moment: int
) -> None:
    """Somebody gives a code at once, for which there is no more room, presses again, and goes elsewhere."""
    used(desk, FULL)
    desk.key.run(0.6)
    assert desk.press(0.1 + moment / 1000) == desk.code(AMAZON)
    desk.key.press(0.3)
    desk.key.reset_port(0.01)
    before = len(desk.computer.text)
    desk.key.run(40)
    assert desk.computer.text[before:] == ""


@pytest.mark.parametrize("moment", sampled(range(30, 400, 30), (120, 240)))
def test_a_press_that_lies_within_an_erase_is_told(desk: Desk, moment: int) -> None:
    """While an account is chosen, which takes one erase. The light tells its number before."""
    ready(desk, AMAZON, GITHUB)
    desk.key.set_flash_times(*SLOWEST)
    before = len(desk.computer.text)
    desk.key.press(0.7)
    # On the chip no test runs within an erase.
    desk.key.after(moment / 1000, lambda: desk.key.set_button(True))
    desk.key.after(moment / 1000 + 0.06, lambda: desk.key.set_button(False))
    red = is_red(desk)
    assert red or desk.computer.text[before:] == desk.code(GITHUB)
