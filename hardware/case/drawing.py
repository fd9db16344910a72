"""Draw the case with dimensions, from the side and from above: `python -m hardware.case.drawing FILE.svg`.

The drawing uses the same figures as the parts (parts.py).
"""

from __future__ import annotations

import sys
from pathlib import Path

from hardware.board.placement import MIDDLE, PLACES, WIDTH
from hardware.case import parts
from hardware.dimensions import mm

_SCALE, _MARGIN = 9.0, 70.0
_INK, _SOFT, _FILL, _METAL = "#23262d", "#6a7385", "#d9dee7", "#c3c8d1"
_TIP = PLACES["J1"].x - mm("plug", "shell_length") / 2
_END = parts.BACK + parts.END


class _Sheet:
    """Shapes in mm. y counts down from the view's own zero line at `zero` px."""

    def __init__(self, zero: float) -> None:
        self.zero = zero
        self.shapes: list[str] = []

    def x(self, value: float) -> float:
        return _MARGIN + (value - _TIP) * _SCALE

    def y(self, value: float) -> float:
        return self.zero + value * _SCALE

    def outline(self, points: list[tuple[float, float]], fill: str = _FILL) -> None:
        path = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
        self.shapes.append(f'<polygon points="{path}" fill="{fill}" stroke="{_INK}" stroke-width="1.5"/>')

    def disc(self, x: float, y: float, radius: float) -> None:
        at = f'cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="{radius * _SCALE:.1f}"'
        self.shapes.append(f'<circle {at} fill="#ffffff" stroke="{_INK}" stroke-width="1.5"/>')

    def across(self, start: float, end: float, y: float) -> None:
        """Draw a horizontal dimension with its line at `y` px."""
        a, b = self.x(start), self.x(end)
        self._line(a, y, b, y, [(a, y - 4, a, y + 4), (b, y - 4, b, y + 4)])
        self._text((a + b) / 2, y - 6, f"{end - start:.1f}")

    def down(self, low: float, high: float, x: float, side: int = 1) -> None:
        """Draw a vertical dimension with its line at `x` px and its figure beside it."""
        a, b = self.y(low), self.y(high)
        self._line(x, a, x, b, [(x - 4, a, x + 4, a), (x - 4, b, x + 4, b)])
        anchor = "start" if side > 0 else "end"
        self._text(x + 8 * side, (a + b) / 2 + 4, f"{high - low:.1f}", anchor)

    def words(self, x: float, y: float, text: str) -> None:
        self._text(self.x(x), self.y(y), text)

    def _line(self, a: float, b: float, c: float, d: float, ends: list[tuple[float, ...]]) -> None:
        for line in [(a, b, c, d), *ends]:
            at = 'x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"'.format(*line)
            self.shapes.append(f'<line {at} stroke="{_SOFT}"/>')

    def _text(self, x: float, y: float, text: str, anchor: str = "middle") -> None:
        at = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
        self.shapes.append(f'<text {at} font-size="13" fill="{_INK}">{text}</text>')


def _side() -> list[str]:
    """Draw the side view: z counts up, the sheet's y down."""
    sheet = _Sheet(160)
    plug, front = (-parts.PLUG_TOP, -parts.PLUG_LOW), -parts.FRONT
    sheet.outline([(_TIP, plug[0]), (front, plug[0]), (front, plug[1]), (_TIP, plug[1])], _METAL)
    top, low, high = -parts.TOP, -parts.BOTTOM, -parts.HIGH
    step = parts.STEP
    sheet.outline([(front, top), (step, top), (step, high), (_END, high), (_END, low), (front, low)])
    sheet.across(_TIP, front, sheet.y(low) + 26)
    sheet.across(front, step, sheet.y(low) + 26)
    sheet.across(step, _END, sheet.y(low) + 26)
    sheet.down(plug[0], plug[1], sheet.x(_TIP) - 14, -1)
    sheet.down(top, low, sheet.x(front) + 60)
    sheet.down(high, low, sheet.x(_END) + 16)
    return sheet.shapes


def _above() -> list[str]:
    sheet = _Sheet(300)
    half, front, plug = WIDTH / 2 + parts.GAP + parts.WALL, -parts.FRONT, mm("plug", "shell_width") / 2
    corner = parts.CHAMFER
    sheet.outline(
        [(_TIP, MIDDLE - plug), (front, MIDDLE - plug), (front, MIDDLE + plug), (_TIP, MIDDLE + plug)], _METAL
    )
    left, right = MIDDLE - half, MIDDLE + half
    sheet.outline(
        [
            (front, left),
            (_END - corner, left),
            (_END, left + corner),
            (_END, right - corner),
            (_END - corner, right),
            (front, right),
        ]
    )
    button, boot = PLACES["SW1"], PLACES["SW2"]
    sheet.disc(button.x, button.y, parts.BUTTON_RADIUS)
    sheet.disc(boot.x, boot.y, parts.PINHOLE)
    sheet.disc(parts.SCREW[0], parts.SCREW[1], mm("screw", "head") / 2)
    sheet.words(boot.x, boot.y + 2.8, "BOOT")
    sheet.words(button.x, button.y + 0.5, "button")
    sheet.words(parts.SCREW[0], parts.SCREW[1] + 3.6, "screw")
    sheet.across(front, _END, sheet.y(right) + 50)
    sheet.across(front, boot.x, sheet.y(right) + 24)
    sheet.across(boot.x, button.x, sheet.y(right) + 24)
    sheet.across(button.x, parts.SCREW[0], sheet.y(right) + 24)
    sheet.down(left, right, sheet.x(_END) + 16)
    sheet.down(MIDDLE - plug, MIDDLE + plug, sheet.x(_TIP) - 14, -1)
    return sheet.shapes


def picture() -> str:
    """Return the drawing as SVG."""
    width = 2 * _MARGIN + (_END - _TIP) * _SCALE
    height = 300 + WIDTH * _SCALE + 80
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img"'
        ' font-family="DejaVu Sans, Verdana, sans-serif">'
    )
    ground = f'<rect width="{width:.0f}" height="{height:.0f}" rx="14" fill="#f6f8fa"/>'
    title = "<title>The case from the side and from above, sizes in mm</title>"
    return "\n".join([head, title, ground, *_side(), *_above(), "</svg>", ""])


def main(path: str) -> int:
    Path(path).write_text(picture(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
