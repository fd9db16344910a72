"""Damaged pictures, or pictures of odd sizes, are read or refused, whatever the libraries raise."""

from __future__ import annotations

import contextlib
import random
import warnings
from functools import cache

import pytest
from PIL import Image, features

from readers.tests.pictures.codes import URI, code, page, saved
from totpkey_readers.pictures import qr
from totpkey_readers.records.problem import Problem

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
