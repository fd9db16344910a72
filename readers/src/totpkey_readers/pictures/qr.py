"""Reads all QR codes in a picture or PDF, and draws QR codes."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from totpkey_readers.pictures import kinds
from totpkey_readers.records.problem import Problem

if TYPE_CHECKING:
    from PIL.Image import Image

#: The largest picture, in pixels. Larger ones take too much memory.
_MOST_PIXELS = 100_000_000
#: What one picture may take when it is decoded, in bytes: a screenshot of three large monitors.
_MOST_BYTES = 200_000_000
#: Larger pictures, in pixels, are made smaller before anything else. A code on them is large enough.
_LOOKED_AT = 30_000_000
#: The attempts for pale and noisy codes are made on pictures of at most this many pixels.
_ENOUGH_PIXELS = 8_000_000
#: The distance within which `_evened` compares, in pixels: larger than a module, smaller than a code.
_AROUND = 20
#: By so many pixels dark modules are made larger, where they are dots.
_CLOSED = (5, 7)
#: Of a white box, a code with its blurred modules is brighter than this. So often is a page cut for such
#: boxes.
_HALF_WHITE, _CUTS = 100, 4
#: How much `_evened` strengthens differences.
_GAIN = 8
#: EXIF's tag for how a picture is turned.
_ORIENTATION = 0x0112
#: zxing's limit for width and height, in pixels.
_LONGEST_SIDE = 65_535
#: Of a longer document nothing is read. Its first pages are searched by all attempts, and so many in all:
#: further ones only if they show no clear code.
_MOST_PAGES, _FIRST, _THOROUGH = 100, 2, 4
#: Resolution for pages of a PDF, in dots per inch. A PDF's unit is 1/72 inch.
_DPI = 200
#: Pictures smaller than this, in pixels, are enlarged: their codes may have one pixel per module.
_SMALL = 600
#: Ways to look askew at a code that is found but cannot be read, since it lies on cloth or bent paper: how
#: far each corner moves, as shares of width and height: top left, bottom left, bottom right, top right.
#: Found by trial on the pictures of zxing and zxing-cpp.
_ASKEW = (
    (-0.1, 0, 0, 0.1, -0.1, 0.1, -0.1, -0.1),
    (0.1, -0.1, 0, -0.1, -0.1, 0.1, -0.1, 0.1),
    (-0.1, -0.1, -0.1, 0.1, 0.1, 0.1, -0.1, -0.1),
    (-0.1, 0.1, 0, 0.1, 0, 0, 0, -0.1),
    (0.1, 0, -0.1, -0.1, -0.1, -0.1, 0.1, -0.1),
    (0.1, -0.1, -0.1, -0.1, -0.1, 0.1, 0, -0.1),
    (0, 0, -0.1, 0, 0.1, 0, 0.1, -0.1),
    (0, 0, 0.1, 0, 0.1, 0.1, -0.1, 0.1),
)
#: How much around an unread code is looked at, as a share of its size, and how large it is drawn, in pixels.
_MARGIN = 0.25
_SIZE_AGAIN = 480
#: At most so many unread codes of a picture are looked at again, the largest ones.
_MOST_UNREAD = 4
#: What is smaller, in pixels, is no code: the smallest has 21 modules a side.
_LEAST_SIDE = 15
#: In a picture made smaller than this, an unread code's corners are coarse.
_COARSE = 2

#: A rectangle: left, top, right, bottom.
_Box = tuple[float, float, float, float]


def read(data: bytes) -> list[str]:
    """The texts of the QR codes in a picture file or PDF, each once, from top to bottom.

    Raises Problem.
    """
    texts: dict[str, None] = {}
    left = _THOROUGH
    for number, image in enumerate(_pages(data) if kinds.is_document(data) else _frames(data)):
        found, is_clear = _clear(image) if number >= _FIRST else ([], False)
        if left and not is_clear:
            left, found = left - 1, _texts_in(image)
        texts.update(dict.fromkeys(found))
    return list(texts)


def clear(data: bytes) -> list[str]:
    """The texts of the codes that a program drew, in a picture file. Raises Problem."""
    return [text for image in _frames(data) for text in _clear(image)[0]]


def _clear(grey: Image) -> tuple[list[str], bool]:
    """The texts that are read at the first look, and whether nothing else is there."""
    codes = list(_codes_in(_at_most(grey, _LOOKED_AT)))
    texts = [code.text for code in codes if not code.error]
    return texts, len(texts) == len(codes) > 0


def find(image: Image) -> list[str]:
    """The texts of the QR codes in a picture, each once, from top to bottom. Raises Problem."""
    return _texts_in(_grey(image))


def _texts_in(grey: Image) -> list[str]:
    """The texts in a picture that is grey and upright.

    All attempts are made even after a success, since a pale code may stand beside a clear one.
    """
    places: dict[str, _Box] = {}
    unread: list[_Box] = []
    coarse: list[_Box] = []

    def look_at(attempt: Image, part: Image = grey, left: int = 0, top: int = 0) -> None:
        """Look at a version of a part of the picture that begins at these pixels."""
        # Attempts are smaller or larger than the part.
        scale = max(part.height, 1) / attempt.height
        for code in _codes_in(attempt):
            x0, y0, x1, y1 = _box(code.position, scale, part.size)
            box = (x0 + left, y0 + top, x1 + left, y1 + top)
            if not code.error:
                places.setdefault(code.text, box)
            else:
                (unread if scale <= _COARSE else coarse).append(box)

    look_at(_at_most(grey, _LOOKED_AT))
    rest = _without(grey, places.values())
    for attempt in _attempts(rest):
        look_at(attempt)
    if places and (edges := _content(rest)):
        # A code at the edge of what can be read is read if nothing else is in the picture.
        part = rest.crop(edges)
        for attempt in (_at_most(part, _LOOKED_AT), *_attempts(part)):
            look_at(attempt, part, *edges[:2])
    for attempt, box in _boxes(_at_most(rest, _ENOUGH_PIXELS)):
        for code in _codes_in(attempt):
            if not code.error:
                places.setdefault(code.text, box)
    for boxes in (unread, coarse):
        for box in _largest(boxes, list(places.values())):
            places.update((text, box) for text in _texts_at(rest, box) if text not in places)
    return sorted(places, key=lambda text: (places[text][1], places[text][0]))


def _without(grey: Image, places: Collection[_Box]) -> Image:
    """The picture with these places empty, since a clear code would set the contrast for a pale one."""
    rest = grey.copy() if places else grey
    for box in places:
        left, top, right, bottom = (round(side) for side in box)
        rest.paste(255, (left, top, right, bottom))
    return rest


def _content(image: Image) -> tuple[int, int, int, int] | None:
    """The box around all that is not white; None if there is nothing, or the picture is full of it."""
    from PIL import ImageOps

    box = ImageOps.invert(image).getbbox()
    return None if box is None or box == (0, 0, *image.size) else box


def _codes_in(image: Image) -> Iterator[Any]:
    """The codes in a picture in grey; those with an `error` are there, but cannot be read."""
    zxing = _zxing()
    for binarizer in (zxing.Binarizer.LocalAverage, zxing.Binarizer.GlobalHistogram):
        yield from zxing.read_barcodes(
            image,
            # A Micro QR code holds no link, and with its weak check one is seen where there is none.
            formats=(zxing.BarcodeFormat.QRCodeModel1, zxing.BarcodeFormat.QRCodeModel2),
            binarizer=binarizer,
            # Other modes write control characters as words.
            text_mode=zxing.TextMode.Plain,
            return_errors=True,
        )


def _largest(unread: list[_Box], read: list[_Box]) -> list[_Box]:
    """The largest places of codes that no attempt could read, each once."""
    taken = list(read)
    found: list[_Box] = []
    for box in sorted(unread, key=lambda box: (box[0] - box[2]) * (box[3] - box[1])):
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        # What lies within another one is a part of it: three of a code's corners look like a code, too.
        if min(box[2] - box[0], box[3] - box[1]) < _LEAST_SIDE:
            continue
        if len(found) < _MOST_UNREAD and not any(
            left <= x <= right and top <= y <= bottom for left, top, right, bottom in taken
        ):
            found.append(box)
            taken.append(box)
    return found


def _texts_at(grey: Image, box: _Box) -> list[str]:
    """The text of a code that is there but could not be read as it is."""
    for attempt in _attempts_at(grey, box):
        if texts := [code.text for code in _codes_in(attempt) if not code.error]:
            return texts
    return []


def _attempts_at(grey: Image, box: _Box) -> Iterator[Image]:
    """A code sharpened, then askew: then the middle of a bent one may lie where a flat one has it."""
    from PIL import Image, ImageFilter

    margin = _MARGIN * max(box[2] - box[0], box[3] - box[1])
    left, top, right, bottom = box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin
    around = _at_most(grey.crop((round(left), round(top), round(right), round(bottom))), _SIZE_AGAIN**2)
    yield around.filter(ImageFilter.UnsharpMask(3, 300, 0))
    width, height = right - left, bottom - top
    for x0, y0, x1, y1, x2, y2, x3, y3 in _ASKEW:
        corners = (
            *(left + x0 * width, top + y0 * height, left + x1 * width, bottom + y1 * height),
            *(right + x2 * width, bottom + y2 * height, right + x3 * width, top + y3 * height),
        )
        size = (_SIZE_AGAIN, _SIZE_AGAIN)
        yield grey.transform(size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC)


def _box(position: Any, scale: float, size: tuple[int, int]) -> _Box:
    """The box around a code, within the picture: the corners of what is no code may be anywhere."""
    corners = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    across = [min(max(corner.x * scale, 0), size[0]) for corner in corners]
    down = [min(max(corner.y * scale, 0), size[1]) for corner in corners]
    return min(across), min(down), max(across), max(down)


def modules(text: str) -> Image:
    """A QR code with its margin, one pixel per module. Raises Problem."""
    zxing = _zxing()
    try:
        from PIL import Image
    except ImportError:
        raise _missing("pillow") from None
    code = zxing.create_barcode(text, zxing.BarcodeFormat.QRCode, ec_level="M")
    return Image.fromarray(code.to_image(scale=1))


def blocks(text: str) -> list[str]:
    """A QR code as lines for a terminal, two rows in each, to be shown in white on black."""
    image = modules(text)
    rows = [
        [y < image.height and image.getpixel((x, y)) == 0 for x in range(image.width)]
        for y in range(image.height + image.height % 2)
    ]
    shown = {(True, True): " ", (True, False): "▄", (False, True): "▀", (False, False): "█"}
    return [
        "".join(shown[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    ]


def draw(text: str, size: int) -> Image:
    """A QR code with its margin, `size` pixels wide and high. Raises Problem."""
    from PIL import Image

    # Whole pixels per module, then a frame, because scaling would make uneven modules.
    code = modules(text)
    scale = max(size // code.width, 1)
    drawn = code.resize((code.width * scale, code.height * scale), Image.Resampling.NEAREST)
    framed = Image.new("L", (max(size, drawn.width),) * 2, 255)
    framed.paste(drawn, ((framed.width - drawn.width) // 2,) * 2)
    return framed


def _attempts(grey: Image) -> Iterator[Image]:
    """Versions of a picture that help with small, noisy and pale codes."""
    from PIL import Image, ImageFilter, ImageOps

    # What helps a pale or noisy code costs too much on a large picture, where a code is large, too.
    grey = _at_most(grey, _ENOUGH_PIXELS)
    for factor in (2, 4):
        if min(grey.size) < _SMALL and max(grey.size) * factor <= _LONGEST_SIDE:
            yield grey.resize((grey.width * factor, grey.height * factor), Image.Resampling.NEAREST)
    yield ImageOps.autocontrast(grey.filter(ImageFilter.MedianFilter(3)), cutoff=2)
    yield ImageOps.autocontrast(grey.filter(ImageFilter.GaussianBlur(2)), cutoff=2)
    half = grey.resize((max(grey.width // 2, 1), max(grey.height // 2, 1)), Image.Resampling.BOX)
    yield ImageOps.autocontrast(half, cutoff=2)
    yield _evened(grey)
    if min(grey.size) > _SMALL // 3:
        # Round modules become whole ones.
        yield from (grey.filter(ImageFilter.MinFilter(size)) for size in _CLOSED)
        yield half.reduce(2)


def _boxes(grey: Image) -> Iterator[tuple[Image, _Box]]:
    """White boxes on a dark page, each with the border that a code must have, and where they are."""
    from PIL import Image, ImageFilter, ImageOps

    if min(grey.size) < _SMALL:
        # So that a box's edge lies between two modules.
        yield from _boxes(grey.resize((grey.width * 2, grey.height * 2), Image.Resampling.BICUBIC))
    # A code is half white, so that its box stands out where its modules do not.
    mask = grey.filter(ImageFilter.BoxBlur(_AROUND // 2)).point(
        lambda level: 255 if level > _HALF_WHITE else 0
    )
    for box in _parts(mask, mask.getbbox(), _CUTS):
        part = grey.crop(box)
        bright = part.point(lambda level: 255 if level > 2 * _HALF_WHITE else 0).getbbox()
        if bright and min(bright[2] - bright[0], bright[3] - bright[1]) >= _LEAST_SIDE:
            whole = part.crop(bright)
            yield ImageOps.expand(whole, max(whole.size) // 6, 255), box


def _parts(
    mask: Image, box: tuple[int, int, int, int] | None, cuts: int
) -> Iterator[tuple[int, int, int, int]]:
    """The boxes of what is white, cut along empty rows and columns in turn."""
    if box is None:
        return
    bands = list(_bands(mask, box, cuts % 2 == 0))
    if not cuts or (len(bands) == 1 and cuts < _CUTS):
        yield from bands
        return
    for band in bands:
        yield from _parts(mask, band, cuts - 1)


def _bands(mask: Image, box: tuple[int, int, int, int], rows: bool) -> Iterator[tuple[int, int, int, int]]:
    left, top, right, bottom = box
    part = mask.crop(box)
    profile = (part.reduce((part.width, 1)) if rows else part.reduce((1, part.height))).tobytes()
    begin = 0
    for at in range(len(profile) + 1):
        if at < len(profile) and profile[at]:
            continue
        if at - begin >= _LEAST_SIDE:
            yield (left, top + begin, right, top + at) if rows else (left + begin, top, left + at, bottom)
        begin = at + 1


def _at_most(image: Image, pixels: int) -> Image:
    """The picture, made smaller if it has more pixels."""
    from PIL import Image

    shrunk = (_pixels(image) / pixels) ** 0.5
    if shrunk <= 1:
        return image
    size = (max(round(image.width / shrunk), 1), max(round(image.height / shrunk), 1))
    return image.resize(size, Image.Resampling.BOX)


def _evened(grey: Image) -> Image:
    """The picture with the brightness around each pixel taken away: pale codes stand out as clear ones do."""
    from PIL import ImageChops, ImageFilter

    around = grey.filter(ImageFilter.BoxBlur(_AROUND))
    return ImageChops.subtract(grey, around, 1 / _GAIN, 128)


def _grey(image: Image) -> Image:
    """The picture upright, in greyscale, with transparent parts white."""
    # Pillow decodes only now, and what is in grey already would be decoded within zxing.
    image.load()
    if "A" not in image.getbands() and "transparency" not in image.info:
        return _upright(image if image.mode == "L" else image.convert("L"), image)
    from PIL import Image

    # With few copies, since a screenshot of several monitors is large.
    with_alpha = image if image.mode in ("LA", "RGBA") else image.convert("RGBA")
    white = Image.new("L", with_alpha.size, 255)
    white.paste(with_alpha.convert("L"), mask=with_alpha.getchannel("A"))
    return _upright(white, image)


def _upright(grey: Image, original: Image) -> Image:
    """`grey`, turned as the picture it was made of asks for."""
    from PIL import Image

    turns = (
        *(Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180, Image.Transpose.FLIP_TOP_BOTTOM),
        *(Image.Transpose.TRANSPOSE, Image.Transpose.ROTATE_270, Image.Transpose.TRANSVERSE),
        Image.Transpose.ROTATE_90,
    )
    try:
        turn = original.getexif().get(_ORIENTATION, 1)
        return grey.transpose(turns[turn - 2]) if turn in range(2, 9) else grey
    except MemoryError:
        raise
    # Damaged EXIF data raises errors of many kinds. Codes are found in a rotated picture as well.
    except Exception:  # noqa: BLE001
        return grey


def _frames(data: bytes) -> Iterator[Image]:
    """The picture in a file, or all pages of a TIFF."""
    try:
        from PIL import Image, ImageSequence
    except ImportError:
        raise _missing("pillow") from None
    try:
        with _no_limit():
            image = Image.open(io.BytesIO(data))
        frames = ImageSequence.Iterator(image) if kinds.may_have_pages(data) else [image]
        _check_pages(getattr(image, "n_frames", 1))
        for frame in frames:
            _fit(frame)
            with _no_limit():
                yield _grey(frame)
    except (Problem, MemoryError, GeneratorExit):
        raise
    # The libraries below Pillow raise undocumented errors.
    except Exception:  # noqa: BLE001
        raise Problem("picture_damaged") from None


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
    """Have a JPEG decoded in grey, and a large one at half its size. Pillow does that for JPEG alone.

    Raises Problem if it is still too large.
    """
    share = 2 if _pixels(image) > _LOOKED_AT else 1
    image.draft("L", (image.width // share, image.height // share))
    # Pillow keeps four bytes for a pixel of any kind with colours.
    most = min(_MOST_PIXELS, _MOST_BYTES // (1 if image.mode in ("1", "L", "P") else 4))
    if _pixels(image) > most or max(image.size) > _LONGEST_SIDE:
        raise Problem(
            "picture_large", count=-(-_pixels(image) // 1_000_000), most=most // 1_000_000, side=_LONGEST_SIDE
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
            _check_pages(len(document))
            for number in range(len(document)):
                page = document[number]
                # A page may claim any size, so limit the memory.
                largest = max(page.get_size(), default=1)
                image: Image = page.render(
                    scale=min(_DPI / 72, 5000 / max(largest, 1)), grayscale=True
                ).to_pil()
                yield _grey(image)
        finally:
            document.close()
    except pypdfium2.PdfiumError:
        raise Problem("pdf_damaged") from None


def _check_pages(count: int) -> None:
    if count > _MOST_PAGES:
        raise Problem("pages_many", count=count, most=_MOST_PAGES)


def _zxing() -> ModuleType:
    try:
        import zxingcpp
    except ModuleNotFoundError:
        raise _missing("zxing-cpp") from None
    except ImportError:
        # On Windows it needs msvcp140.dll, which neither it nor Python includes.
        raise Problem("no_runtime") from None
    return zxingcpp


def _missing(package: str) -> Problem:
    return Problem("no_library", package=package)
