"""SVG shapes of the assembly pictures: boards, sockets, wires, and step numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

#: Colours of wires by WireViz' codes (IEC 60757).
COLOURS = {
    "BK": "#23262d",
    "RD": "#d0362f",
    "BU": "#2464c8",
    "YE": "#e0b100",
    "GN": "#2a9560",
    "OG": "#e0731d",
}
BOARD, GOLD, _METAL, _INK, _SOFT = "#2b3a4f", "#d9b44a", "#c3c8d1", "#23262d", "#6a7385"


@dataclass(frozen=True)
class Pad:
    """Where a wire begins, and the direction in which it leaves."""

    x: float
    y: float
    dx: float = 0
    dy: float = 1


@dataclass
class Scene:
    """Collects shapes; later ones are drawn on top."""

    width: int
    height: int
    _shapes: list[str] = field(default_factory=list[str])

    def rect(
        self, x: float, y: float, w: float, h: float, fill: str, radius: float = 6, more: str = ""
    ) -> None:
        self._shapes.append(
            f'<rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" rx="{radius:g}" fill="{fill}"{more}/>'
        )

    def disc(self, x: float, y: float, radius: float, fill: str, more: str = "") -> None:
        self._shapes.append(f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{fill}"{more}/>')

    def text(
        self, x: float, y: float, words: str, size: int = 13, fill: str = _INK, anchor: str = "middle"
    ) -> None:
        self._shapes.append(
            f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{fill}" text-anchor="{anchor}">'
            f"{escape(words)}</text>"
        )

    def note(self, x: float, y: float, words: str, anchor: str = "middle") -> None:
        self.text(x, y, words, 13, _SOFT, anchor)

    def board(self, x: float, y: float, w: float, h: float, name: str) -> None:
        self.rect(x, y, w, h, BOARD, 8)
        self.text(x + w / 2, y + h / 2 + 5, name, 15, "#ffffff")

    def usb_plug(self, x: float, y: float, w: float, h: float) -> None:
        """Draw a USB-A plug that points to the left."""
        self.rect(x, y, w, h, _METAL, 3)
        for row in (0.24, 0.62):
            self.rect(x + w * 0.25, y + h * row, w * 0.22, h * 0.14, "#596070", 1)

    def usb_socket(self, x: float, y: float, w: float, h: float) -> None:
        self.rect(x, y, w, h, _METAL, 3)

    def chip(self, x: float, y: float, size: float) -> None:
        self.rect(x - size / 2, y - size / 2, size, size, "#15181d", 3)

    def button(self, x: float, y: float) -> None:
        self.rect(x - 13, y - 13, 26, 26, "#8d95a3", 3)
        self.disc(x, y, 8, "#15181d")

    def light(self, x: float, y: float) -> None:
        self.rect(x - 7, y - 7, 14, 14, "#f3f5f8", 2)
        self.disc(x, y, 4, "#5fd39a")

    def cell(self, x: float, y: float, radius: float, name: str) -> None:
        self.disc(x, y, radius, _METAL, ' stroke="#8d95a3" stroke-width="2"')
        self.text(x, y - 3, "+", 20)
        self.text(x, y + 14, name, 11)

    def pad(self, at: Pad, name: str = "", fill: str = "#ffffff", radius: float = 6) -> None:
        """Draw a hole with its name on the inner side."""
        self.disc(at.x, at.y, radius, GOLD)
        self.disc(at.x, at.y, radius * 2.6 / 6, "#15181d")
        if name:
            self.text(at.x - 20 * at.dx, at.y - 14 * at.dy + 4, name, 11, fill)

    def socket(self, at: Pad, scale: float, hidden: bool = False) -> None:
        """Draw a STEMMA QT socket (JST SH: 4.2 by 6 mm). `hidden`: it is on the board's other side."""
        deep, wide = 4.2 * scale, 6 * scale
        fill, stroke = ("none", ' stroke="#e9ebef" stroke-dasharray="3 2"') if hidden else ("#e9ebef", "")
        self.rect(at.x - deep / 2, at.y - wide / 2, deep, wide, fill, 2, stroke or ' stroke="#8d95a3"')

    def wire(self, start: Pad, end: Pad, code: str, reach: float = 70) -> None:
        a, b = ((pad.x + reach * pad.dx, pad.y + reach * pad.dy) for pad in (start, end))
        self._stroke(
            f"M{start.x:g} {start.y:g}C{a[0]:g} {a[1]:g} {b[0]:g} {b[1]:g} {end.x:g} {end.y:g}", code
        )

    def wire_by(self, corners: list[tuple[float, float]], code: str, radius: float = 24) -> None:
        """Draw a wire along straight lines with rounded corners, to lead it around something."""
        path = "M{:g} {:g}".format(*corners[0])
        for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
            near, far = _towards(corner, before, radius), _towards(corner, after, radius)
            path += "L{:g} {:g}Q{:g} {:g} {:g} {:g}".format(*near, *corner, *far)
        self._stroke(path + "L{:g} {:g}".format(*corners[-1]), code)

    def _stroke(self, path: str, code: str) -> None:
        for colour, width in (("#ffffff", 7), (COLOURS[code], 4)):
            stroke = f'stroke="{colour}" stroke-width="{width}" stroke-linecap="round"'
            self._shapes.append(f'<path d="{path}" fill="none" {stroke}/>')

    def step(self, x: float, y: float, number: int) -> None:
        """Draw the number of the step on the page that concerns this place."""
        self.disc(x, y, 12, "#1f8f63", ' stroke="#ffffff" stroke-width="2"')
        self.text(x, y + 5, str(number), 14, "#ffffff")

    def svg(self, title: str) -> str:
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" role="img"'
            ' font-family="DejaVu Sans, Verdana, sans-serif">'
        )
        ground = f'<rect width="{self.width}" height="{self.height}" rx="14" fill="#f6f8fa"/>'
        return "\n".join([head, f"<title>{escape(title)}</title>", ground, *self._shapes, "</svg>", ""])


def _towards(start: tuple[float, float], end: tuple[float, float], length: float) -> tuple[float, float]:
    """Return the point `length` away from `start` on the way to `end`."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    share = length / (dx * dx + dy * dy) ** 0.5
    return start[0] + dx * share, start[1] + dy * share
