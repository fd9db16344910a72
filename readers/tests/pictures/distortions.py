"""324 pictures of codes: eighteen kinds of harm in six strengths, on three codes. Made, never stored.

The weakest of a kind is an everyday picture; the strongest is more than a reader can be asked for.
"""

from __future__ import annotations

import io
import math
import random
from collections.abc import Callable, Iterator

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from readers.tests.pictures import codes

_SECRET = "MFZWGZDFNNUW4ZZAORQXG2LOM4QHG2LNOBWGKIDGN5ZCA43FNRWG"
TEXTS = (
    "otpauth://totp/GitHub:me?secret=JBSWY3DPEHPK3PXP&issuer=GitHub",
    f"otpauth://totp/Amazon%3Ashop%40example.com?secret={_SECRET}&issuer=Amazon",
    "otpauth-migration://offline?data=" + "CiQKFEhlbGxvIfDvvq2OZWxsb0hlbGxv" * 12,
)
_MESH = 16


def pictures(kind: str) -> Iterator[tuple[str, Image.Image]]:
    """Text and picture, from the weakest harm to the strongest."""
    for strength in range(1, 7):
        for text in TEXTS:
            yield text, KINDS[kind](code(text), strength)


def code(text: str) -> Image.Image:
    return codes.code(text, scale=5, border=4).convert("L")


def _out_of_focus(image: Image.Image, strength: int) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(0.45 * strength))


def _smeared(image: Image.Image, strength: int) -> Image.Image:
    """As of a hand that moved."""
    moved = image
    for step in range(1, strength + 1):
        moved = Image.blend(
            moved, image.transform(image.size, Image.Transform.AFFINE, (1, 0, step, 0, 1, 0)), 0.4
        )
    return moved


def _noisy(image: Image.Image, strength: float) -> Image.Image:
    noise = Image.frombytes("L", image.size, random.Random(7).randbytes(image.width * image.height))
    return Image.blend(image, noise, 0.11 * strength)


def _pale(image: Image.Image, strength: int) -> Image.Image:
    """With a little noise, as of a camera."""
    return _noisy(ImageEnhance.Contrast(image).enhance(0.4 / strength), 0.2)


def _small(image: Image.Image, strength: int) -> Image.Image:
    """Down to 1.4 pixels a module, by a factor that is no whole number."""
    share = 0.88 - 0.1 * strength
    size = (round(image.width * share), round(image.height * share))
    return image.resize(size, Image.Resampling.BILINEAR)


def _askew(image: Image.Image, strength: int) -> Image.Image:
    """Turned, too."""
    wide = ImageOps.expand(image, 60, 180).rotate(13 * strength, Image.Resampling.BICUBIC, fillcolor=180)
    w, h = wide.size
    by = 0.035 * strength
    corners = (-by * w, -by * h / 2, 0, h, w, h, w + by * w, -by * h / 3)
    return wide.transform(wide.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=180)


def _waves(image: Image.Image, strength: int) -> Image.Image:
    """As on cloth."""

    def bent(x: float, y: float) -> tuple[float, float]:
        by = 0.003 * strength * image.width
        return (
            x + by * math.sin(2 * math.pi * y / image.height),
            y + by * math.sin(2 * math.pi * x / image.width),
        )

    return _by_mesh(image, bent)


def _round(image: Image.Image, strength: int) -> Image.Image:
    """As on a bottle."""

    def bent(x: float, y: float) -> tuple[float, float]:
        across = 2 * x / image.width - 1
        most = 0.13 * strength
        angle = math.asin(across * math.sin(most)) / most
        return (angle + 1) / 2 * image.width, y + 0.015 * strength * (1 - across * across) * image.height / 2

    return _by_mesh(image, bent)


def _by_mesh(image: Image.Image, bent: Callable[[float, float], tuple[float, float]]) -> Image.Image:
    wide, high = image.width / _MESH, image.height / _MESH
    mesh = []
    for column in range(_MESH):
        for row in range(_MESH):
            left, top, right, bottom = column * wide, row * high, (column + 1) * wide, (row + 1) * high
            place = (round(left), round(top), round(right), round(bottom))
            corners = (*bent(left, top), *bent(left, bottom), *bent(right, bottom), *bent(right, top))
            mesh.append((place, corners))
    return image.transform(image.size, Image.Transform.MESH, mesh, Image.Resampling.BICUBIC, fillcolor=255)


def _shaded(image: Image.Image, strength: int) -> Image.Image:
    """With a shadow that grows darker to one side."""
    darkest = 1 - 0.16 * strength
    shade = Image.linear_gradient("L").resize(image.size).rotate(90)
    return Image.composite(image, image.point(lambda level: int(level * max(darkest, 0.03))), shade)


def _glare(image: Image.Image, strength: int) -> Image.Image:
    """A lamp's reflection beside the middle."""
    spot = Image.new("L", image.size, 0)
    radius = 0.03 * strength * image.width
    x, y = image.width * 0.62, image.height * 0.55
    ImageDraw.Draw(spot).ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    white = Image.new("L", image.size, 255)
    return Image.composite(white, image, spot.filter(ImageFilter.GaussianBlur(6)))


def _stripes(image: Image.Image, strength: int) -> Image.Image:
    """As in a photo of a screen."""
    striped = image.copy()
    draw = ImageDraw.Draw(striped)
    for row in range(0, image.height, 7):
        draw.line((0, row, image.width, row + 9), fill=128, width=(strength + 1) // 2)
    return Image.blend(image, striped, min(0.3 + 0.12 * strength, 1))


def _packed(image: Image.Image, strength: int) -> Image.Image:
    """A small JPEG of poor quality."""
    file = io.BytesIO()
    small = image.resize((image.width * 3 // 5, image.height * 3 // 5), Image.Resampling.BILINEAR)
    small.save(file, "JPEG", quality=(40, 25, 15, 10, 6, 3)[strength - 1])
    return Image.open(file).convert("L")


def _on_dark(image: Image.Image, strength: int) -> Image.Image:
    """A white box without a border, on a page that is darker each time."""
    box = image.crop(ImageOps.invert(image).getbbox())
    return ImageOps.expand(box, 60, 90 - 15 * strength)


def _dotted(image: Image.Image, strength: int) -> Image.Image:
    """Modules are dots, smaller each time, as some sites draw them."""
    scale = 12
    modules = image.resize((image.width // 5, image.height // 5), Image.Resampling.NEAREST)
    drawn = Image.new("L", (modules.width * scale, modules.height * scale), 255)
    draw, radius = ImageDraw.Draw(drawn), scale * (0.56 - 0.04 * strength)
    for x in range(modules.width):
        for y in range(modules.height):
            if not modules.getpixel((x, y)):
                cx, cy = (x + 0.5) * scale, (y + 0.5) * scale
                draw.ellipse((cx - radius, cy - radius, cx + radius, cy + radius), fill=0)
    return drawn


def _mirrored(image: Image.Image, strength: int) -> Image.Image:
    """As a camera at the front shows it, and harmed in another way as well."""
    return ImageOps.mirror((_pale, _small, _noisy, _shaded, _stripes, _packed)[strength - 1](image, 3))


def _inverted(image: Image.Image, strength: int) -> Image.Image:
    """A dark page's own code, with ever less contrast, without a border."""
    code = ImageOps.invert(image.crop(ImageOps.invert(image).getbbox()))
    faint = ImageEnhance.Contrast(code).enhance(1 - 0.15 * strength)
    return ImageOps.expand(faint, 40, 30)


def _faint(image: Image.Image, strength: int) -> Image.Image:
    """Grey on grey, small, as a disabled code is shown."""
    return _small(image, 2).point(lambda level: 200 + int(level * (36 - 5 * strength) / 255))


def _photographed(image: Image.Image, strength: int) -> Image.Image:
    """A screen's own pixels, seen by a camera with another grid."""
    large = image.resize((image.width * 2, image.height * 2), Image.Resampling.NEAREST)
    grid = Image.new("L", large.size, 255)
    draw = ImageDraw.Draw(grid)
    for at in range(0, large.width, 3):
        draw.line((at, 0, at, large.height), fill=255 - 30 * strength)
    seen = ImageChops.multiply(large, grid).rotate(2 * strength, Image.Resampling.BICUBIC, fillcolor=120)
    return seen.resize((round(image.width * 0.83), round(image.height * 0.83)), Image.Resampling.BILINEAR)


_HARM: tuple[Callable[[Image.Image, int], Image.Image], ...] = (
    *(_out_of_focus, _smeared, _noisy, _pale, _small, _askew, _waves, _round, _shaded, _glare),
    *(_stripes, _packed, _on_dark, _dotted, _mirrored, _inverted, _faint, _photographed),
)
KINDS = {harm.__name__.strip("_").replace("_", " "): harm for harm in _HARM}
