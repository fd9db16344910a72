"""QR codes in pictures as people have them: rotated, inverted, small, several, noisy. Written by segno."""

from __future__ import annotations

import contextlib
import io
import random
import warnings
from collections.abc import Callable

import pytest
import segno
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from readers.tests.pictures.codes import OTHER, URI, code, page, saved
from totpkey_readers.pictures import kinds, qr
from totpkey_readers.records.problem import Problem


def photo(image: Image.Image) -> Image.Image:
    """As from a telephone held before a screen: askew, out of focus, dim, uneven, full of noise."""
    wide = ImageOps.expand(image, 150, "#888")
    w, h = wide.size
    askew = (-40, -25, 15, h + 60, w + 70, h + 15, w + 10, -35)
    bent = wide.transform(wide.size, Image.Transform.QUAD, askew, Image.Resampling.BICUBIC, fillcolor="#777")
    dim = ImageEnhance.Contrast(bent.rotate(7, Image.Resampling.BICUBIC, fillcolor="#777")).enhance(0.5)
    blurred = dim.filter(ImageFilter.GaussianBlur(1.5))
    shade = Image.linear_gradient("L").resize(blurred.size).point(lambda level: 120 + level // 2)
    uneven = Image.composite(blurred, Image.new("RGB", blurred.size, "black"), shade)
    noise = Image.frombytes("RGB", uneven.size, random.Random(7).randbytes(3 * uneven.width * uneven.height))
    return Image.blend(uneven, noise, 0.12)


PICTURES: dict[str, Callable[[], Image.Image]] = {
    "plain": code,
    "a screenshot": lambda: page((code(), (900, 300))),
    "a quarter turned": lambda: code().transpose(Image.Transpose.ROTATE_90),
    "upside down": lambda: code().transpose(Image.Transpose.ROTATE_180),
    "a little turned": lambda: ImageOps.expand(code(), 60, "white").rotate(17, fillcolor="white"),
    "inverted": lambda: ImageOps.invert(code()),
    "inverted, on a dark page": lambda: ImageOps.invert(page((code(), (700, 200)))),
    "mirrored": lambda: ImageOps.mirror(code()),
    "one pixel a module": lambda: code(scale=1, border=4),
    "one pixel a module on a page": lambda: page((code(scale=1), (400, 300)), size=(800, 500)),
    "two pixels a module": lambda: page((code(scale=2), (900, 300))),
    "hardly any margin": lambda: code(border=1),
    "colours": lambda: code(dark="#1a4480", light="#fff3c4"),
    "pale": lambda: code(dark="#999", light="#bbb"),
    "transparent": lambda: transparent(),
    "a photo": lambda: photo(code(scale=8)),
    "huge": lambda: code(scale=40),
}


def transparent() -> Image.Image:
    file = io.BytesIO()
    segno.make(URI, micro=False).save(file, kind="png", scale=6, light=None)
    return Image.open(file)


@pytest.mark.parametrize("name", PICTURES)
def test_a_code_is_read(name: str) -> None:
    assert qr.read(saved(PICTURES[name](), "PNG")) == [URI]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("JPEG", {"quality": 40}),
        ("WEBP", {"quality": 50}),
        ("GIF", {}),
        ("BMP", {}),
        ("PDF", {}),
    ],
)
def test_kinds_of_file(kind: str, options: dict[str, object]) -> None:
    data = saved(page((code(), (900, 300))), kind, **options)
    assert kinds.is_picture(data)
    assert qr.read(data) == [URI]


def test_a_photo_that_lies_on_its_side_by_its_exif() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert qr.read(saved(code(), "JPEG", exif=exif)) == [URI]


def test_two_in_one_picture_come_from_top_to_bottom() -> None:
    both = page((code(OTHER), (1200, 40)), (code(), (300, 500)))
    assert qr.read(saved(both, "PNG")) == [OTHER, URI]


@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
def test_pages_of_a_document(kind: str) -> None:
    first, *others = code(OTHER), page(), code()
    assert qr.read(saved(first, kind, save_all=True, append_images=others)) == [OTHER, URI]


def test_a_long_document_is_read_to_its_end_or_refused() -> None:
    texts = [f"{URI}&n={number}" for number in range(12)]
    first, *others = (code(text, scale=2) for text in texts)
    assert qr.read(saved(first, "PDF", save_all=True, append_images=others)) == texts
    with pytest.raises(Problem, match="pages_many"):
        qr.read(saved(first, "TIFF", save_all=True, append_images=[first] * 100))


def test_a_picture_without_a_code() -> None:
    assert qr.read(saved(page(), "PNG")) == []


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "PDF"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
def test_what_is_cut_off_is_told_or_read(kind: str, share: float) -> None:
    data = saved(page((code(), (900, 300))), kind)
    texts: list[str] = []
    with contextlib.suppress(Problem):
        texts = qr.read(data[: int(len(data) * share)])
    assert set(texts) <= {URI}


@pytest.mark.slow
def test_a_picture_that_claims_to_be_huge() -> None:
    with pytest.raises(Problem, match="picture_large"):
        qr.read(saved(Image.new("1", (20_000, 20_000)), "PNG"))


@pytest.mark.parametrize(("kind", "side"), [("PNG", 9_700), ("JPEG", 10_400)])
@pytest.mark.slow
def test_large_photos_are_read_without_a_word(kind: str, side: int) -> None:
    """Above 90 million pixels Pillow warns on the terminal; JPEG is decoded at half its size."""
    large = Image.new("L", (side, side), 255)
    large.paste(code(scale=30), (side // 3, side // 3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert qr.read(saved(large, kind)) == [URI]
