"""`displayio` and `terminalio` as far as a display of two colours needs them, and `board.DISPLAY`.

The display changes only by `refresh`, as with `auto_refresh` off. The font is an old one of Pillow in cells
of CircuitPython's size: letters have the same places but other shapes.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from functools import cache, partial
from types import ModuleType

from totpkey_virtual.simulator.context import Context, module
from totpkey_virtual.simulator.machine import MS
from totpkey_virtual.simulator.wiring import Glass

#: A cell of the font that CircuitPython builds in.
_LETTER, _LINE = 6, 12
_FIRST, _LAST = 0x20, 0x7E
#: 1 KB over SPI, and the time to compose it. A guess, since no board was measured.
_REFRESH = 10 * MS


class Bitmap:
    def __init__(self, width: int, height: int, value_count: int) -> None:
        self.width, self.height = width, height
        self._values = value_count
        self.rows = [bytearray(width) for _ in range(height)]

    def fill(self, value: int) -> None:
        if not 0 <= value < self._values:
            raise ValueError("value out of range")
        for row in self.rows:
            row[:] = bytes((value,)) * self.width


class Palette:
    """Colours as 0xRRGGBB, initially black."""

    def __init__(self, color_count: int) -> None:
        self._colours = [0] * color_count

    def __setitem__(self, index: int, colour: int) -> None:
        self._colours[index] = colour

    def __getitem__(self, index: int) -> int:
        return self._colours[index]


class TileGrid:
    """Tiles of a bitmap, numbered row by row, side by side."""

    def __init__(
        self,
        bitmap: Bitmap,
        *,
        pixel_shader: Palette,
        width: int = 1,
        height: int = 1,
        tile_width: int | None = None,
        tile_height: int | None = None,
        x: int = 0,
        y: int = 0,
    ) -> None:
        self.bitmap, self.pixel_shader = bitmap, pixel_shader
        self.width, self.height, self.x, self.y = width, height, x, y
        self.tile_width, self.tile_height = tile_width or bitmap.width, tile_height or bitmap.height
        if bitmap.width % self.tile_width or bitmap.height % self.tile_height:
            raise ValueError("Tile width must exactly divide bitmap width")
        self._tiles = [0] * (width * height)

    def __setitem__(self, index: int, tile: int) -> None:
        if not 0 <= tile < self.bitmap.width // self.tile_width * (self.bitmap.height // self.tile_height):
            raise ValueError("Tile index out of bounds")
        self._tiles[index] = tile

    def frozen(self) -> TileGrid:
        """A copy that stays as it is now."""
        twin = copy(self)
        twin._tiles = self._tiles.copy()
        return twin

    def lit(self) -> Iterator[tuple[int, int]]:
        """The x and y of each lit pixel, counted from the grid's corner."""
        for place, tile in enumerate(self._tiles):
            down, across = divmod(place, self.width)
            for y, row in enumerate(self._rows_of(tile), down * self.tile_height):
                for x, value in enumerate(row, across * self.tile_width):
                    if self.pixel_shader[value]:
                        yield x, y

    def _rows_of(self, tile: int) -> Iterator[bytes]:
        row, column = divmod(tile, self.bitmap.width // self.tile_width)
        for y in range(row * self.tile_height, (row + 1) * self.tile_height):
            yield bytes(self.bitmap.rows[y][column * self.tile_width : (column + 1) * self.tile_width])


class Group:
    def __init__(self, *, scale: int = 1, x: int = 0, y: int = 0) -> None:
        if scale < 1:
            raise ValueError("scale must be >= 1")
        self.scale, self.x, self.y = scale, x, y
        self._layers: list[Group | TileGrid] = []

    def append(self, layer: Group | TileGrid) -> None:
        self._layers.append(layer)

    def frozen(self) -> Group:
        twin = copy(self)
        twin._layers = [layer.frozen() for layer in self._layers]
        return twin

    def lit(self) -> Iterator[tuple[int, int]]:
        """As for a `TileGrid`. Black covers nothing, since our layers do not overlap."""
        for layer in self._layers:
            for x, y in layer.lit():
                left, top = (x + layer.x) * self.scale, (y + layer.y) * self.scale
                yield from (
                    (left + right, top + down) for down in range(self.scale) for right in range(self.scale)
                )


class Display:
    """`board.DISPLAY` of a MacroPad: 128 by 64 pixels, white or dark."""

    width, height = 128, 64

    def __init__(self, context: Context) -> None:
        self._context = context
        self.auto_refresh = True
        self.root_group: Group | None = None

    def refresh(self) -> bool:
        self._context.machine.spend(_REFRESH)
        if self.root_group is not None:
            self._context.chip.wiring.draw = partial(_drawn, self.root_group.frozen())
        return True


def _drawn(shown: Group) -> Glass:
    rows = [[False] * Display.width for _ in range(Display.height)]
    for x, y in shown.lit():
        if 0 <= x < Display.width and 0 <= y < Display.height:
            rows[y][x] = True
    return tuple(map(tuple, rows))


class Glyph:
    def __init__(self, tile_index: int) -> None:
        self.tile_index = tile_index


class Font:
    """`terminalio.FONT`: ASCII alone."""

    def __init__(self) -> None:
        self.bitmap = _letters()

    def get_bounding_box(self) -> tuple[int, int]:
        return _LETTER, _LINE

    def get_glyph(self, codepoint: int) -> Glyph | None:
        return Glyph(codepoint - _FIRST) if _FIRST <= codepoint <= _LAST else None


@cache
def _letters() -> Bitmap:
    from PIL import Image, ImageDraw, ImageFont

    count = _LAST - _FIRST + 1
    picture = Image.new("1", (count * _LETTER, _LINE))
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default_imagefont()
    for place in range(count):
        draw.text((place * _LETTER, 0), chr(_FIRST + place), fill=1, font=font)
    bitmap = Bitmap(picture.width, _LINE, 2)
    for y, row in enumerate(bitmap.rows):
        row[:] = bytes(1 if picture.getpixel((x, y)) else 0 for x in range(picture.width))
    return bitmap


class _Terminalio(ModuleType):
    """Creates the font on demand, since boards without a display have the module as well."""

    @property
    def FONT(self) -> Font:
        return Font()


def modules(context: Context) -> list[ModuleType]:
    return [
        module("displayio", Bitmap=Bitmap, Palette=Palette, TileGrid=TileGrid, Group=Group),
        _Terminalio("terminalio"),
    ]
