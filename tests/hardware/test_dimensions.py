"""The outside dimensions match those of their sources that are installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from hardware import dimensions
from hardware.board import parts
from hardware.board.sexpr import child, children, numbers, parse

FOOTPRINTS = Path("/usr/share/kicad/footprints")
#: Parts whose bodies KiCad's footprints show on their drawings for assembly: length and width there.
BODIES = {
    "controller": ("U1", "length", "width"),
    "clock": ("U6", "width", "length"),
    "crystal": ("Y1", "length", "width"),
    "flash": ("U2", "width", "length"),
    "element": ("U7", "length", "width"),
    "regulator": ("U3", "width", "length"),
    "button": ("SW1", "legs", "body"),
    "boot": ("SW2", "length", "width"),
    "chip0402": ("C3", "length", "width"),
    "chip0603": ("C1", "length", "width"),
}


def test_the_plugs_own_figures_agree() -> None:
    """A receptacle fixes the shell; its height is what is sunk and what stands up."""
    top, height = dimensions.mm("plug", "tails_below_top"), dimensions.mm("plug", "shell_height")
    assert (dimensions.mm("plug", "shell_width"), height) == (12.0, 4.5)
    assert height - top == pytest.approx(2.40)
    assert height - top - dimensions.mm("plug", "board_thickness") == pytest.approx(0.80)


def fab(ref: str) -> tuple[float, float]:
    """The extent of a footprint's body in x and y, as KiCad's library draws it for assembly."""
    library, name = parts.load()[ref].footprint.split(":")
    path = FOOTPRINTS / f"{library}.pretty" / f"{name}.kicad_mod"
    tree = parse(path.read_text(encoding="utf-8"))
    ends = [
        numbers(child(item, end))
        for kind in ("fp_line", "fp_rect", "fp_poly")
        for item in children(tree, kind)
        if child(item, "layer")[1] == "F.Fab" and kind != "fp_poly"
        for end in ("start", "end")
    ]
    ends += [
        numbers(point)
        for item in children(tree, "fp_poly")
        if child(item, "layer")[1] == "F.Fab"
        for point in children(child(item, "pts"), "xy")
    ]
    xs, ys = zip(*ends, strict=True)
    return max(xs) - min(xs), max(ys) - min(ys)


@pytest.mark.skipif(not FOOTPRINTS.exists(), reason="KiCad's footprints are not installed")
class TestFootprints:
    def test_plug(self) -> None:
        assert fab("J1") == pytest.approx(
            (dimensions.mm("plug", "shell_length"), dimensions.mm("plug", "shell_width"))
        )

    @pytest.mark.parametrize("part", BODIES)
    def test_body(self, part: str) -> None:
        ref, across, down = BODIES[part]
        assert fab(ref) == pytest.approx((dimensions.mm(part, across), dimensions.mm(part, down)), abs=0.02)

    def test_plunger(self) -> None:
        library, name = parts.load()["SW1"].footprint.split(":")
        tree = parse((FOOTPRINTS / f"{library}.pretty" / f"{name}.kicad_mod").read_text(encoding="utf-8"))
        (circle,) = (c for c in children(tree, "fp_circle") if child(c, "layer")[1] == "F.Fab")
        middle, rim = numbers(child(circle, "center")), numbers(child(circle, "end"))
        assert 2 * (rim[0] - middle[0]) == pytest.approx(dimensions.mm("button", "plunger"))

    def test_holder(self) -> None:
        across, _ = fab("BT1")
        assert across == pytest.approx(dimensions.mm("holder", "length"))
