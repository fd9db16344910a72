"""Place a render on a soft, light background, so that it is legible on dark and light pages."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

_INNER, _OUTER = (252, 252, 253), (214, 219, 227)
#: The margin around the subject and the radius of the background's corners, relative to the width.
_MARGIN, _CORNER = 0.04, 0.018
#: Alpha values up to this belong to faint shadows and not to the subject.
_FAINT = 24
#: The corners are drawn at this scale and reduced, which smooths them.
SCALE = 2


def stage(path: Path, width: int) -> None:
    """Trim the render at `path`, which has a transparent background, and save it `width` pixels wide."""
    with Image.open(path) as opened:
        render = opened.convert("RGBA")
    box = render.getchannel("A").point(lambda alpha: 255 if alpha > _FAINT else 0).getbbox()
    if box is None:
        raise ValueError(f"{path} shows nothing.")
    margin = round(_MARGIN * (box[2] - box[0]))
    # Pixels outside the render are transparent; inside are only the ends of faint shadows.
    canvas = render.crop((box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin))
    size = width, round(canvas.height * width / canvas.width)
    subject = canvas.resize(size, Image.Resampling.LANCZOS)
    picture = Image.alpha_composite(_ground(size), subject)
    picture.putalpha(_rounded(size))
    picture.save(path, optimize=True)


def _ground(size: tuple[int, int]) -> Image.Image:
    """Return a background that is light in the middle and a little darker towards the corners."""
    towards = Image.radial_gradient("L").resize(size)
    return Image.composite(
        Image.new("RGBA", size, (*_OUTER, 255)), Image.new("RGBA", size, (*_INNER, 255)), towards
    )


def _rounded(size: tuple[int, int]) -> Image.Image:
    mask = Image.new("L", (size[0] * SCALE, size[1] * SCALE))
    radius = round(_CORNER * mask.width)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), radius, fill=255)
    return mask.resize(size, Image.Resampling.LANCZOS)
