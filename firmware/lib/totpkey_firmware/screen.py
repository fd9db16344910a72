"""The display of a board that has one: `platform`'s half that no other board loads.

CircuitPython's own font and tiles do the drawing, so nothing has to be brought along. What the font has no
glyph for is shown as a question mark.
"""

import displayio
import terminalio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_BAR = 4
#: In how large letters the code is shown: six digits and a gap fill the width in the first.
_SCALES = (3, 2)
_COLUMNS = 12
_SPACE, _QUESTION = 0x20, 0x3F


class Screen:
    """A line of text, a larger one below, and a bar at the bottom."""

    def __init__(self, display: "Any") -> None:
        """`display`: the board's, a `busdisplay.BusDisplay`."""
        self._display = display
        # Refreshed when something has changed, and never while a code is typed.
        display.auto_refresh = False
        self.width: int = display.width
        self._letter, self._line = terminalio.FONT.get_bounding_box()[:2]
        self._palette = displayio.Palette(2)
        self._palette[1] = 0xFFFFFF
        self._root = displayio.Group()
        #: How many characters the small line has.
        self.columns = self.width // self._letter
        self._small = self._tiles(self.columns, 1, 0)
        self._large = [self._tiles(_COLUMNS, scale, self._line + 4) for scale in _SCALES]
        self._add_bar(display.height)
        display.root_group = self._root

    def show(self, small: str, large: str) -> None:
        """Show these texts; `large` in the largest letters that it fits in."""
        self._fill(self._small, small)
        fits = len(large) * self._letter * _SCALES[0] <= self.width
        self._fill(self._large[0], large if fits else "")
        self._fill(self._large[1], "" if fits else large)

    def bar(self, length: int) -> bool:
        """Make the bar so many pixels long; whether it was not so before."""
        left = length - self.width
        if self._bar.x == left:
            return False
        self._bar.x = left
        return True

    def refresh(self) -> None:
        """Send what has changed to the glass."""
        self._display.refresh()

    def _tiles(self, count: int, scale: int, y: int) -> displayio.TileGrid:
        tiles = displayio.TileGrid(
            terminalio.FONT.bitmap,
            pixel_shader=self._palette,
            width=count,
            height=1,
            tile_width=self._letter,
            tile_height=self._line,
        )
        group = displayio.Group(scale=scale, y=y)
        group.append(tiles)
        self._root.append(group)
        return tiles

    def _add_bar(self, height: int) -> None:
        bitmap = displayio.Bitmap(self.width, _BAR, 2)
        bitmap.fill(1)
        self._bar = displayio.TileGrid(bitmap, pixel_shader=self._palette, x=-self.width, y=height - _BAR)
        self._root.append(self._bar)

    def _fill(self, tiles: displayio.TileGrid, text: str) -> None:
        font = terminalio.FONT
        for at in range(tiles.width):
            glyph = font.get_glyph(ord(text[at]) if at < len(text) else _SPACE) or font.get_glyph(_QUESTION)
            # The stubs know no attributes of a glyph.
            tiles[at] = glyph.tile_index  # type: ignore[attr-defined]
