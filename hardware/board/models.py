"""Bodies of the parts, as plain as a picture and a fit check need them: `python -m hardware.board.models`.

Each file is named after its footprint and lies in that footprint's frame: x to the right, y up, z away
from the board.
Sizes in mm are meant to be close to the makers' drawings (`datasheet` in parts.toml), but were not compared
with them. Needs build123d.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from build123d import Align, Box, Color, Compound, Cylinder, Part, Pos, Rot, export_step

FOLDER = Path(__file__).resolve().parent / "models"
_FLAT = (Align.CENTER, Align.CENTER, Align.MIN)
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
    """A black body with leads: `pins` are (side, y) with side -1 or 1; `rows` the distance of the lead
    rows' tips."""
    shapes = [_box(*body, BLACK, (0, 0, 0.1))]
    for side, y in pins:
        reach = (rows - body[0]) / 2
        shapes.append(_box(reach, lead, 0.15, METAL, (side * (rows - reach) / 2, y, 0)))
        shapes.append(_box(0.15, lead, body[2] / 2, METAL, (side * (body[0] / 2 + 0.07), y, 0)))
    mark = (-body[0] / 2 + 0.5, body[1] / 2 - 0.5, body[2] + 0.1)
    return [*shapes, _round(0.2, 0.01, WHITE, mark)]


def _small_outline(
    body: tuple[float, float, float], rows: float, each: int, pitch: float, lead: float
) -> list[Part]:
    ys = [(each - 1) / 2 * pitch - pitch * index for index in range(each)]
    return _gull(body, rows, [(side, y) for side in (-1, 1) for y in ys], lead)


def _chip(length: float, width: float, height: float, colour: Color) -> list[Part]:
    end = length / 4
    ends = [_box(end, width, height, METAL, (side * (length - end) / 2, 0, 0)) for side in (-1, 1)]
    return [_box(length - 2 * end, width, height, colour), *ends]


def _qfn() -> list[Part]:
    shapes = [_box(7, 7, 0.88, BLACK, (0, 0, 0.02)), _round(0.3, 0.01, WHITE, (-2.8, 2.8, 0.9))]
    for index in range(14):
        at = -2.6 + 0.4 * index
        shapes += [_box(0.3, 0.2, 0.2, METAL, (side * 3.37, at, 0)) for side in (-1, 1)]
        shapes += [_box(0.2, 0.3, 0.2, METAL, (at, side * 3.37, 0)) for side in (-1, 1)]
    return shapes


def _plug() -> list[Part]:
    """Molex 48037: the shell is 12.0 by 4.5 mm and ends 9.43 mm before the footprint's middle."""
    outer = Pos(0.6, 0, 0) * Box(17.6, 12.0, 4.5, align=_FLAT)
    inner = Pos(1.0, 0, 0.3) * Box(17.6, 11.4, 3.9, align=_FLAT)
    windows = [Pos(5.5, side * 3.0, 4.0) * Box(2.2, 2.5, 1, align=_FLAT) for side in (-1, 1)]
    shell = outer - inner
    for window in windows:
        shell = shell - window
    shell.color = METAL
    tongue = _box(16.5, 11.2, 1.9, WHITE, (0.4, 0, 0.35))
    contacts = [_box(10, 1.0, 0.1, GOLD, (3.5, y, 2.25)) for y in (-3.5, -1.0, 1.0, 3.5)]
    tails = [_box(3.2, 1.0, 0.25, METAL, (-9.6, y, 0)) for y in (-3.5, -1.0, 1.0, 3.5)]
    return [shell, tongue, *contacts, *tails]


def _holder() -> list[Part]:
    cell = _round(6.25, 2.0, METAL, (0, 0, 0.3))
    band = Pos(0, 0.4, 2.4) * Box(13.6, 4.6, 0.25, align=_FLAT)
    band.color = METAL
    sides = [_box(0.25, 7.6, 2.6, METAL, (side * 6.7, 0.3, 0)) for side in (-1, 1)]
    feet = [_box(2.6, 3.0, 0.25, METAL, (side * 7.9, 0, 0)) for side in (-1, 1)]
    return [cell, band, *sides, *feet]


def _switch() -> list[Part]:
    legs = [_box(1.4, 0.7, 0.2, METAL, (x, y, 0)) for x in (-3.0, 3.0) for y in (-1.9, 1.9)]
    cover = _box(4.6, 4.6, 0.1, METAL, (0, 0, 1.05))
    return [_box(5.2, 5.2, 1.05, BLACK), cover, _round(1.45, 0.5, WHITE, (0, 0, 1.15)), *legs]


def _light() -> list[Part]:
    lens = Pos(0, 0.25, 0.5) * Rot(0, 0, 0) * Cylinder(1.1, 1.0)
    lens.color = CLEAR
    return [_box(3.0, 0.8, 1.0, WHITE, (0, -0.1, 0)), lens]


def _crystal() -> list[Part]:
    return [_box(3.2, 2.5, 0.5, CERAMIC), _box(2.8, 2.1, 0.25, METAL, (0, 0, 0.5))]


MODELS: dict[str, Callable[[], list[Part]]] = {
    "USB_A_Molex_48037-2200_Horizontal": _plug,
    "QFN-56-1EP_7x7mm_P0.4mm_EP3.2x3.2mm": _qfn,
    "SOIC-8_5.3x5.3mm_P1.27mm": lambda: _small_outline((5.28, 5.23, 1.9), 7.9, 4, 1.27, 0.42),
    "SOIC-16W_7.5x10.3mm_P1.27mm": lambda: _small_outline((7.5, 10.3, 2.45), 10.3, 8, 1.27, 0.42),
    "SOT-23-6": lambda: _small_outline((1.6, 2.9, 1.1), 2.8, 3, 0.95, 0.4),
    "SOT-23-5": lambda: _gull(
        (1.6, 2.9, 1.1), 2.8, [(-1, 0.95), (-1, 0), (-1, -0.95), (1, 0.95), (1, -0.95)], 0.4
    ),
    "SOT-23": lambda: _gull((1.3, 2.9, 1.0), 2.4, [(-1, 0.95), (-1, -0.95), (1, 0)], 0.4),
    "C_0402_1005Metric": lambda: _chip(1.0, 0.5, 0.5, CERAMIC),
    "C_0603_1608Metric": lambda: _chip(1.6, 0.8, 0.8, CERAMIC),
    "R_0402_1005Metric": lambda: _chip(1.0, 0.5, 0.35, BLACK),
    "Crystal_SMD_3225-4Pin_3.2x2.5mm": _crystal,
    "SW_SPST_TL3342": _switch,
    "LED_Kingbright_APFA3010_3x1.5mm_Horizontal": _light,
    "BatteryHolder_Keystone_3000_1x12mm": _holder,
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, build in MODELS.items():
        export_step(Compound(label=name, children=build()), str(FOLDER / f"{name}.step"))


if __name__ == "__main__":
    main()
