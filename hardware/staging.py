"""Puts a render onto a soft, light ground: it can be read on a dark page as well as on a light one."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

_INNER, _OUTER = (252, 252, 253), (214, 219, 227)
#: Around the subject, and the radius of the ground's corners, by the picture's width.
_MARGIN, _CORNER = 0.04, 0.018
#: A shadow this faint is no part of the subject.
_FAINT = 24
#: The corners are drawn so much larger, and made smaller: that smooths them.
SCALE = 2


def stage(path: Path, width: int) -> None:
    """Trim the render at `path`, which has a transparent ground, and write it back `width` pixels wide."""
    with Image.open(path) as opened:
        render = opened.convert("RGBA")
    box = render.getchannel("A").point(lambda alpha: 255 if alpha > _FAINT else 0).getbbox()
    if box is None:
        raise ValueError(f"{path} shows nothing.")
    margin = round(_MARGIN * (box[2] - box[0]))
    # What lies outside of the render is empty; what lies inside are the ends of faint shadows.
    canvas = render.crop((box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin))
    size = width, round(canvas.height * width / canvas.width)
    subject = canvas.resize(size, Image.Resampling.LANCZOS)
    picture = Image.alpha_composite(_ground(size), subject)
    picture.putalpha(_rounded(size))
    picture.save(path, optimize=True)


def _ground(size: tuple[int, int]) -> Image.Image:
    """Light in the middle, a little darker towards the corners."""
    towards = Image.radial_gradient("L").resize(size)
    return Image.composite(
        Image.new("RGBA", size, (*_OUTER, 255)), Image.new("RGBA", size, (*_INNER, 255)), towards
    )


def _rounded(size: tuple[int, int]) -> Image.Image:
    mask = Image.new("L", (size[0] * SCALE, size[1] * SCALE))
    radius = round(_CORNER * mask.width)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), radius, fill=255)
    return mask.resize(size, Image.Resampling.LANCZOS)
