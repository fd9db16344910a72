"""QR codes in pictures as people have them: rotated, inverted, small, several, noisy. Written by segno.

Damaged pictures, or pictures of odd sizes, are read or refused, whatever the libraries raise.
"""

from __future__ import annotations

import contextlib
import io
import random
import warnings
from collections.abc import Callable
from functools import cache

import pytest
import segno
from PIL import Image, ImageEnhance, ImageFilter, ImageOps, features

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


KINDS = ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PDF", *(["AVIF"] if features.check("avif") else [])]
SLOW = pytest.mark.slow
#: Pillow finds an EXIF block of its own writing, which begins so, in all of these.
WITH_EXIF = [kind for kind in KINDS if kind in ("PNG", "JPEG", "WEBP", "AVIF")]
EXIF_BEGINS = b"MM\0*"


@cache
def picture(kind: str) -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a picture of a code"
    return saved(code(scale=2), kind, **({"exif": exif} if kind in WITH_EXIF else {}))


def damaged(data: bytes, chance: random.Random, start: int, length: int) -> bytes:
    """With some bytes of a stretch changed or left out."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 3, 10))):
        at = (start + chance.randrange(length)) % len(changed)
        changed[at : at + 1] = chance.choice((b"", b"\xff", chance.randbytes(1)))
    return bytes(changed)


def read_or_refused(data: bytes) -> None:
    with warnings.catch_warnings(), contextlib.suppress(Problem):
        # Pillow warns of what it has to guess.
        warnings.simplefilter("ignore")
        assert set(qr.read(data)) <= {URI}


@pytest.mark.parametrize("kind", ["PNG", "JPEG", *(pytest.param(kind, marks=SLOW) for kind in KINDS[2:])])
def test_any_damage(kind: str) -> None:
    data, chance = picture(kind), random.Random(5)
    for number in range(60):
        # Headers decide what is done with the rest.
        read_or_refused(damaged(data, chance, 0, 400 if number % 2 else len(data)))


@pytest.mark.parametrize("kind", WITH_EXIF)
def test_damaged_exif_does_not_hide_the_code(kind: str) -> None:
    data, chance = picture(kind), random.Random(6)
    start = data.rindex(EXIF_BEGINS)
    for _ in range(60):
        read_or_refused(damaged(data, chance, start, 40))
    # A picture's own reader may look at it first and refuse.
    if kind in ("JPEG", "WEBP"):
        assert qr.read(data.replace(EXIF_BEGINS, b"XX\0*")) == [URI]


@pytest.mark.parametrize(
    ("size", "found"),
    [
        pytest.param((500, 20_000), [], id="a long one", marks=SLOW),
        pytest.param((70_000, 300), None, id="too long a one"),
    ],
)
def test_long_pictures(size: tuple[int, int], found: list[str] | None) -> None:
    """As of a page that was scrolled through, where there is no code."""
    data = saved(page(size=size), "PNG")
    if found is None:
        with pytest.raises(Problem, match="picture_large"):
            qr.read(data)
    else:
        assert qr.read(data) == found
