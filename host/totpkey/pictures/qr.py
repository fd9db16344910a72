"""Reads all QR codes in a picture or PDF, and draws QR codes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

from totpkey import errors
from totpkey.i18n.translation import tr

if TYPE_CHECKING:
    from PIL.Image import Image

#: Magic bytes of PNG, JPEG, GIF, BMP and TIFF. Those of WebP and AVIF are not at the beginning.
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")
_PDF = b"%PDF-"
_TIFF = (b"II*\0", b"MM\0*")
#: The largest picture, in pixels. Larger ones take too much memory.
_MOST_PIXELS = 100_000_000
#: zxing's limit for width and height, in pixels.
_LONGEST_SIDE = 65_535
_MOST_PAGES = 50
#: Resolution for pages of a PDF, in dots per inch. A PDF's unit is 1/72 inch.
_DPI = 200
#: Pictures smaller than this, in pixels, are enlarged: their codes may have one pixel per module.
_SMALL = 600


def is_picture(data: bytes) -> bool:
    """Whether a file is a picture or a PDF, by its magic bytes."""
    webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return data.startswith((*_PICTURES, _PDF)) or webp or data[4:8] == b"ftyp"


def read(data: bytes) -> list[str]:
    """The texts of the QR codes in a picture file or PDF, each once, from top to bottom.

    Raises UnreadablePicture and LibraryMissing.
    """
    texts: dict[str, None] = {}
    for image in _pages(data) if data.startswith(_PDF) else _frames(data):
        texts.update(dict.fromkeys(find(image)))
    return list(texts)


def find(image: Image) -> list[str]:
    """The texts of the QR codes in a picture, each once, from top to bottom. Raises LibraryMissing."""
    zxing = _zxing()
    for attempt in _attempts(image):
        found = zxing.read_barcodes(attempt, formats=zxing.BarcodeFormat.QRCode)
        if found:
            found.sort(key=lambda code: (code.position.top_left.y, code.position.top_left.x))
            return list(dict.fromkeys(code.text for code in found))
    return []


def modules(text: str) -> Image:
    """A QR code with its margin, one pixel per module. Raises LibraryMissing."""
    zxing = _zxing()
    try:
        from PIL import Image
    except ImportError:
        raise _missing("pillow") from None
    code = zxing.create_barcode(text, zxing.BarcodeFormat.QRCode, ec_level="M")
    return Image.fromarray(code.to_image(scale=1))


def draw(text: str, size: int) -> Image:
    """A QR code with its margin, `size` pixels wide and high. Raises LibraryMissing."""
    from PIL import Image

    # Whole pixels per module, then a frame, because scaling would make uneven modules.
    code = modules(text)
    scale = max(size // code.width, 1)
    drawn = code.resize((code.width * scale, code.height * scale), Image.Resampling.NEAREST)
    framed = Image.new("L", (max(size, drawn.width),) * 2, 255)
    framed.paste(drawn, ((framed.width - drawn.width) // 2,) * 2)
    return framed


def _attempts(image: Image) -> Iterator[Image]:
    """The picture itself, then versions that help with small, noisy and pale codes."""
    from PIL import Image, ImageFilter, ImageOps

    grey = _grey(image)
    yield grey
    for factor in (2, 4):
        if min(grey.size) < _SMALL and max(grey.size) * factor <= _LONGEST_SIDE:
            yield grey.resize((grey.width * factor, grey.height * factor), Image.Resampling.NEAREST)
    yield ImageOps.autocontrast(grey.filter(ImageFilter.MedianFilter(3)), cutoff=2)
    yield ImageOps.autocontrast(grey.filter(ImageFilter.GaussianBlur(2)), cutoff=2)
    half = grey.resize((max(grey.width // 2, 1), max(grey.height // 2, 1)), Image.Resampling.BOX)
    yield ImageOps.autocontrast(half, cutoff=2)


def _grey(image: Image) -> Image:
    """The picture upright, in greyscale, with transparent parts white."""
    from PIL import Image

    upright = _upright(image)
    if "A" not in upright.getbands() and "transparency" not in upright.info:
        return upright.convert("L")
    with_alpha = upright.convert("RGBA")
    white = Image.new("RGBA", with_alpha.size, "white")
    return Image.alpha_composite(white, with_alpha).convert("L")


def _upright(image: Image) -> Image:
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(image)
    except MemoryError:
        raise
    # Damaged EXIF data raises errors of many kinds. Codes are found in a rotated picture as well.
    except Exception:  # noqa: BLE001
        return image


def _frames(data: bytes) -> Iterator[Image]:
    """The picture in a file, or all pages of a TIFF."""
    try:
        from PIL import Image, ImageSequence
    except ImportError:
        raise _missing("pillow") from None
    try:
        with _no_limit():
            image = Image.open(io.BytesIO(data))
        frames = ImageSequence.Iterator(image) if data.startswith(_TIFF) else [image]
        for number, frame in enumerate(frames):
            if number == _MOST_PAGES:
                break
            _fit(frame)
            with _no_limit():
                yield _grey(frame)
    except (errors.UnreadablePicture, errors.LibraryMissing, MemoryError, GeneratorExit):
        raise
    # The libraries below Pillow raise undocumented errors.
    except Exception:  # noqa: BLE001
        raise errors.UnreadablePicture(
            tr("The picture is damaged, or of an unknown kind."),
            tr("PNG, JPEG and WebP are known; an iPhone's HEIC photo can be shared as JPEG."),
        ) from None


@contextmanager
def _no_limit() -> Iterator[None]:
    """Disable Pillow's own limit, which prints a warning. This module has its own."""
    from PIL import Image

    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _fit(image: Image) -> None:
    """Have a large JPEG decoded at reduced size. Raises UnreadablePicture if it is still too large."""
    if _pixels(image) > _MOST_PIXELS:
        image.draft("L", (image.width // 2, image.height // 2))
    if _pixels(image) > _MOST_PIXELS or max(image.size) > _LONGEST_SIDE:
        raise errors.UnreadablePicture(
            tr(
                "The picture is too large: {count} million pixels. At most {most} million are read, and"
                " {side} in a row.",
                count=-(-_pixels(image) // 1_000_000),
                most=_MOST_PIXELS // 1_000_000,
                side=_LONGEST_SIDE,
            ),
            tr("Cut the QR code out of it."),
        )


def _pixels(image: Image) -> int:
    return image.width * image.height


def _pages(data: bytes) -> Iterator[Image]:
    try:
        import pypdfium2
    except ImportError:
        raise _missing("pypdfium2") from None
    try:
        document = pypdfium2.PdfDocument(data)
        try:
            for number in range(min(len(document), _MOST_PAGES)):
                page = document[number]
                # A page may claim any size, so limit the memory.
                largest = max(page.get_size(), default=1)
                image: Image = page.render(scale=min(_DPI / 72, 5000 / max(largest, 1))).to_pil()
                yield image
        finally:
            document.close()
    except pypdfium2.PdfiumError:
        raise errors.UnreadablePicture(
            tr("The PDF is damaged or locked."), tr("Print the page again, or take a screenshot of it.")
        ) from None


def _zxing() -> ModuleType:
    try:
        import zxingcpp
    except ModuleNotFoundError:
        raise _missing("zxing-cpp") from None
    except ImportError:
        # On Windows it needs msvcp140.dll, which neither it nor Python includes.
        raise errors.LibraryMissing(
            tr("QR codes cannot be read here: Microsoft's Visual C++ runtime is missing."),
            tr("Install it: `winget install Microsoft.VCRedist.2015+.x64`. Then run the command again."),
        ) from None
    return zxingcpp


def _missing(package: str) -> errors.LibraryMissing:
    return errors.LibraryMissing(
        tr("QR codes cannot be read here: the Python package {package} is missing.", package=package),
        tr(
            "Install it with `pip install {package}`. Where there is none for this system, have the site show"
            " the secret as text and paste that.",
            package=package,
        ),
    )
