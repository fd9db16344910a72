"""The icon of the rule on button cells, as a body to cut into a case's underside. Needs build123d.

It is drawn after descriptions of figure 7C.2 of UL 4200A-2023: a warning triangle above a button cell, 7 mm
wide and 9 mm high at least. The standard's own drawing was not at hand.
"""

from __future__ import annotations

from build123d import BuildSketch, Circle, Locations, Mode, Part, Polygon, Rectangle, extrude, insert

#: The smallest size that the rule allows, and how wide the lines are, in mm.
WIDTH, HEIGHT, LINE = 7.0, 9.0, 0.6
#: The triangle is so high, and leaves this much to the cell below it.
_TRIANGLE, _GAP = 5.6, 0.4
#: From a triangle's outside to its inside, along each axis, for lines of `LINE`.
_SLANT = LINE * ((WIDTH / 2) ** 2 + _TRIANGLE**2) ** 0.5 / (WIDTH / 2)


def icon(depth: float) -> Part:
    """Return the icon around the origin, upright in the plane of x and y, from z = 0 up to `depth`."""
    top, low = HEIGHT / 2, HEIGHT / 2 - _TRIANGLE
    radius = (HEIGHT - _TRIANGLE - _GAP) / 2
    inner = (top - _SLANT, low + LINE)
    half = WIDTH / 2 * (inner[0] - inner[1]) / _TRIANGLE
    with BuildSketch() as sketch:
        insert(Polygon((-WIDTH / 2, low), (WIDTH / 2, low), (0, top), align=None, mode=Mode.PRIVATE))
        cut = Polygon((-half, inner[1]), (half, inner[1]), (0, inner[0]), align=None, mode=Mode.PRIVATE)
        insert(cut, mode=Mode.SUBTRACT)
        with Locations((0, low + 2.55)):
            Rectangle(LINE, 1.5)
        with Locations((0, low + 1.3)):
            Rectangle(LINE, LINE)
        with Locations((0, radius - top)):
            Circle(radius)
            Circle(radius - LINE, mode=Mode.SUBTRACT)
            Rectangle(2 * (radius - LINE) - 0.5, 0.4)
            Rectangle(0.4, 2 * (radius - LINE) - 0.5)
    return extrude(sketch.sketch, amount=depth)
