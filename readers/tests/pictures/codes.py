"""QR codes written by segno, and pictures that have them on."""

from __future__ import annotations

import io

import segno
from PIL import Image, ImageDraw

URI = "otpauth://totp/Amazon%3Ashop%40example.com?secret=MFZWGZDFNNUW4ZZAORQXG2LOM4QHG2LNOBWGKIDGN5ZCA43FNRWG"


OTHER = "otpauth://totp/GitHub:me?secret=JBSWY3DPEHPK3PXP&issuer=GitHub"


def code(text: str = URI, scale: int = 6, **options: object) -> Image.Image:
    file = io.BytesIO()
    segno.make(text, micro=False).save(file, kind="png", scale=scale, **options)
    return Image.open(file).convert("RGB")


def page(*codes: tuple[Image.Image, tuple[int, int]], size: tuple[int, int] = (1920, 1080)) -> Image.Image:
    """A screen full of other things, with these codes on it."""
    screen = Image.new("RGB", size, "#f4f4f4")
    draw = ImageDraw.Draw(screen)
    for line in range(0, size[1], 40):
        draw.rectangle((20, line, 20 + line * 7 % 800, line + 12), fill="#99a")
    for image, place in codes:
        screen.paste(image, place)
    return screen


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()
