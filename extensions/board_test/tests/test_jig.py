"""The drawing of a jig's pads follows the board."""

from __future__ import annotations

import pytest

from extensions.board_test.jig import drawing
from hardware.board import placement

PADS = drawing.pads()


def test_the_drawing_is_up_to_date() -> None:
    assert drawing.OUTPUT.read_text(encoding="utf-8") == drawing.svg(PADS), (
        "python -m extensions.board_test.jig.drawing"
    )


def test_the_button_s_pad_is_at_its_button_on_the_front() -> None:
    (button,) = (pad for pad in PADS if pad.name == "BUTTON")
    place = placement.PLACES[button.part]
    assert not button.back
    # The land pattern of a TL3342 (E-Switch's drawing): its pads are 3.15 mm and 1.9 mm from the middle.
    offsets = sorted((abs(button.x - place.x), abs(button.y - place.y)))
    assert offsets == pytest.approx([1.9, 3.15])
