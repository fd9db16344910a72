"""Simple 3D models of the parts for pictures and fit checks: `python -m hardware.board.models`.

Each file is named after its footprint and uses the footprint's frame: x to the right, y up, z away from the
board. Outside dimensions come from `dimensions.toml`, which names the drawing of each; inner details only
have to look right. Needs build123d.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from build123d import Align, Box, Color, Compound, Cylinder, Part, Pos, export_step

from hardware.dimensions import mm

FOLDER = Path(__file__).resolve().parent / "models"
_FLAT = (Align.CENTER, Align.CENTER, Align.MIN)
#: The height of a gull-wing body above the board.
_STAND = 0.1
BLACK, METAL, CERAMIC = Color(0.10, 0.10, 0.11), Color(0.55, 0.56, 0.58), Color(0.72, 0.60, 0.45)
GOLD, WHITE, CLEAR = Color(0.86, 0.70, 0.34), Color(0.75, 0.75, 0.73), Color(0.95, 0.98, 1.0, 0.6)


def _box(x: float, y: float, z: float, colour: Color, at: tuple[float, float, float] = (0, 0, 0)) -> Part:
    shape = Pos(*at) * Box(x, y, z, align=_FLAT)
    shape.color = colour
    return shape


def _round(radius: float, z: float, colour: Color, at: tuple[float, float, float] = (0, 0, 0)) -> Part:
    shape = Pos(*at) * Cylinder(radius, z, align=_FLAT)
    shape.color = colour
    return shape


def _gull(
    body: tuple[float, float, float], rows: float, pins: list[tuple[int, float]], lead: float
) -> list[Part]:
    """Return a black body with leads: `pins` are (±1 for the side, y); `rows` is the distance of the tips."""
    shapes = [_box(*body, BLACK, (0, 0, _STAND))]
    for side, y in pins:
        reach = (rows - body[0]) / 2
        shapes.append(_box(reach, lead, 0.15, METAL, (side * (rows - reach) / 2, y, 0)))
        shapes.append(_box(0.15, lead, body[2] / 2, METAL, (side * (body[0] / 2 + 0.07), y, 0)))
    mark = (-body[0] / 2 + 0.5, body[1] / 2 - 0.5, body[2] + _STAND - 0.01)
    return [*shapes, _round(0.2, 0.01, WHITE, mark)]


def _chip(length: float, width: float, height: float, colour: Color) -> list[Part]:
    end = length / 4
    ends = [_box(end, width, height, METAL, (side * (length - end) / 2, 0, 0)) for side in (-1, 1)]
    return [_box(length - 2 * end, width, height, colour), *ends]


def _outline(
    part: str, each: int, pitch: float, lead: float, pins: list[tuple[int, float]] | None = None
) -> list[Part]:
    """Return a body with two rows of gull wings, with the dimensions of `part` in the table."""
    body = (mm(part, "width"), mm(part, "length"), mm(part, "height") - _STAND)
    ys = [(each - 1) / 2 * pitch - pitch * index for index in range(each)]
    return _gull(body, mm(part, "span"), pins or [(side, y) for side in (-1, 1) for y in ys], lead)


def _qfn(part: str, each: int) -> list[Part]:
    """Return a square body with `each` pads on each side, 0.4 mm apart."""
    size, height = mm(part, "length"), mm(part, "height")
    mark = size / 2 - 0.7
    shapes = [
        _box(size, mm(part, "width"), height - 0.02, BLACK, (0, 0, 0.02)),
        _round(0.3, 0.01, WHITE, (-mark, mark, height)),
    ]
    rim = size / 2 - 0.13
    for index in range(each):
        at = 0.4 * (index - (each - 1) / 2)
        shapes += [_box(0.3, 0.2, 0.2, METAL, (side * rim, at, 0)) for side in (-1, 1)]
        shapes += [_box(0.2, 0.3, 0.2, METAL, (at, side * rim, 0)) for side in (-1, 1)]
    return shapes


def _ceramic(part: str, each: int, pitch: float) -> list[Part]:
    """Return a ceramic body with a metal lid and two rows of pads, `pitch` apart."""
    width, length, height = mm(part, "width"), mm(part, "length"), mm(part, "height")
    shapes = [_box(width, length, height - 0.22, BLACK, (0, 0, 0.02))]
    shapes.append(_box(width - 0.3, length - 0.3, 0.2, METAL, (0, 0, height - 0.2)))
    shapes.append(_round(0.12, 0.01, WHITE, (0.4 - width / 2, length / 2 - 0.4, height)))
    for index in range(each):
        at = pitch * (index - (each - 1) / 2)
        shapes += [_box(0.35, 0.4, 0.1, GOLD, (side * (width / 2 - 0.17), at, 0)) for side in (-1, 1)]
    return shapes


def _plug() -> list[Part]:
    """Return a sunk plug: most of its shell is below the tails' solder side, in front of the board's edge.

    Only the upper part of the shell reaches over the board.
    """
    width, height, top = mm("plug", "shell_width"), mm("plug", "shell_height"), mm("plug", "tails_below_top")
    length, full = mm("plug", "shell_length"), mm("plug", "full_height_length")
    tip, wall = length / 2, 0.3
    front = Pos(tip - full / 2, 0, top - height) * Box(full, width, height, align=_FLAT)
    behind = Pos(-full / 2, 0, 0) * Box(length - full, width, top, align=_FLAT)
    inside = Box(full, width - 2 * wall, height - 2 * wall, align=_FLAT)
    shell = front + behind - Pos(tip - full / 2 + 1, 0, top - height + wall) * inside
    for side in (-1, 1):
        shell -= Pos(tip - 5.2, side * 3.0, top - 0.5) * Box(2.2, 2.5, 1, align=_FLAT)
    shell.color = METAL
    low = top - height + wall
    tongue = _box(full - 1.5, width - 2 * wall - 0.2, 1.9, WHITE, (tip - full / 2 - 0.5, 0, low + 0.05))
    contacts = [_box(9, 1.0, 0.1, GOLD, (tip - 6.5, y, low + 1.95)) for y in (-3.5, -1.0, 1.0, 3.5)]
    tails = [_box(3.2, 1.0, 0.25, METAL, (-length / 2 - 0.9, y, 0)) for y in (-3.5, -1.0, 1.0, 3.5)]
    return [shell, tongue, *contacts, *tails]


def _holder() -> list[Part]:
    """Return the cell on the board with its retainer, which spans it and stops it at one side."""
    length, top, height = mm("holder", "length"), mm("holder", "above_middle"), mm("holder", "height")
    cell = _round(mm("cell", "diameter") / 2, mm("cell", "height"), METAL, (0, 0, 0.2))
    band = _box(length, 4.6, 0.25, METAL, (0, 0.4, height - 0.25))
    stop = _box(8.0, 0.25, height, METAL, (0, top - 0.125, 0))
    sides = [_box(0.25, 7.6, height, METAL, (side * (length / 2 - 0.125), 0.3, 0)) for side in (-1, 1)]
    foot = (mm("holder", "feet") - length) / 2
    feet = [_box(foot, 3.0, 0.25, METAL, (side * (length + foot) / 2, 0, 0)) for side in (-1, 1)]
    return [cell, band, stop, *sides, *feet]


def _switch() -> list[Part]:
    body, low, top = mm("button", "body"), mm("button", "body_height"), mm("button", "height")
    reach = mm("button", "legs") / 2
    legs = [_box(1.4, 0.7, 0.2, METAL, (side * (reach - 0.7), y, 0)) for side in (-1, 1) for y in (-1.9, 1.9)]
    cover = _box(body - 0.6, body - 0.6, 0.1, METAL, (0, 0, low - 0.1))
    plunger = _round(mm("button", "plunger") / 2, top - low, WHITE, (0, 0, low))
    return [_box(body, body, low - 0.1, BLACK), cover, plunger, *legs]


def _boot() -> list[Part]:
    length, width, top = mm("boot", "length"), mm("boot", "width"), mm("boot", "height")
    leg = (mm("boot", "span") - length) / 2
    legs = [_box(leg, 1.4, 0.2, METAL, (side * (length + leg) / 2, 0, 0)) for side in (-1, 1)]
    return [_box(length, width, top - 0.4, BLACK), _round(0.8, 0.4, WHITE, (0, 0, top - 0.4)), *legs]


def _light() -> list[Part]:
    """Return a side-mounted light: `depth` from back to lens, `height` above the board."""
    length, depth, height = mm("light", "length"), mm("light", "depth"), mm("light", "height")
    back = 0.8
    lens = Pos(0, -0.5 + back + (depth - back) / 2, 0) * Box(length - 1.0, depth - back, height, align=_FLAT)
    lens.color = CLEAR
    return [_box(length, back, height, WHITE, (0, -0.5 + back / 2, 0)), lens]


def _crystal() -> list[Part]:
    length, width, height = (mm("crystal", name) for name in ("length", "width", "height"))
    return [
        _box(length, width, height - 0.25, CERAMIC),
        _box(length - 0.4, width - 0.4, 0.25, METAL, (0, 0, height - 0.25)),
    ]


def _small(part: str, colour: Color) -> list[Part]:
    return _chip(mm(part, "length"), mm(part, "width"), mm(part, "height"), colour)


_FIVE = [(-1, 0.95), (-1, 0.0), (-1, -0.95), (1, 0.95), (1, -0.95)]
_THREE = [(-1, 0.95), (-1, -0.95), (1, 0.0)]
MODELS: dict[str, Callable[[], list[Part]]] = {
    "USB_A_Molex_48037-2200_Horizontal": _plug,
    "QFN-56-1EP_7x7mm_P0.4mm_EP3.2x3.2mm": lambda: _qfn("controller", 14),
    "QFN-32-1EP_4x4mm_P0.4mm_EP2.65x2.65mm": lambda: _qfn("element", 8),
    "SOIC-8_5.3x5.3mm_P1.27mm": lambda: _outline("flash", 4, 1.27, 0.42),
    "MicroCrystal_C7_SON-8_1.5x3.2mm_P0.9mm": lambda: _ceramic("clock", 4, 0.9),
    "SOT-23-6": lambda: _outline("regulator", 3, 0.95, 0.4),
    "SOT-23-5": lambda: _outline("regulator", 3, 0.95, 0.4, _FIVE),
    "SOT-23": lambda: _outline("supervisor", 2, 0.95, 0.4, _THREE),
    "C_0402_1005Metric": lambda: _small("chip0402", CERAMIC),
    "C_0603_1608Metric": lambda: _small("chip0603", CERAMIC),
    "R_0402_1005Metric": lambda: _small("chip0402", BLACK),
    "Crystal_SMD_3225-4Pin_3.2x2.5mm": _crystal,
    "SW_SPST_TL3342": _switch,
    "SW_SPST_B3U-1000P": _boot,
    "LED_Kingbright_APFA3010_3x1.5mm_Horizontal": _light,
    "BatteryHolder_Keystone_3000_1x12mm": _holder,
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, build in MODELS.items():
        export_step(Compound(label=name, children=build()), str(FOLDER / f"{name}.step"))


if __name__ == "__main__":
    main()
