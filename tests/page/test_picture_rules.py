"""Pictures by the page's rules: their size before the browser unpacks them, and codes in versions of them.

tests/pictures has the command's half, and the harms.
"""

from __future__ import annotations

import base64
from base64 import b64encode

import pytest
from PIL import Image

from readers.tests.pictures.codes import saved
from readers.tests.pictures.distortions import KINDS, TEXTS, code
from tests.page.scripts import run

_BYTES = "const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;"
_PIXELS = f"{_BYTES} return given.map((text) => pixelsIn(bytes(text)));"
SIZE = (613, 259)
FILES = {
    "PNG": saved(Image.new("RGB", SIZE), "PNG"),
    "GIF": saved(Image.new("P", SIZE), "GIF"),
    "JPEG": saved(Image.new("RGB", SIZE), "JPEG"),
    "progressive JPEG": saved(Image.new("RGB", SIZE), "JPEG", progressive=True, comment=b"x" * 60_000),
}


def pixels(*files: bytes) -> list[int]:
    read: list[int] = run(("rules/pictures",), _PIXELS, [b64encode(data).decode() for data in files])
    return read


def test_sizes_as_another_library_writes_them() -> None:
    assert pixels(*FILES.values()) == [SIZE[0] * SIZE[1]] * len(FILES)


def test_a_header_that_is_cut_off() -> None:
    cut = [data[:length] for data in FILES.values() for length in (0, 1, 3, 10, 20, 25)]
    assert set(pixels(*cut)) <= {0, SIZE[0] * SIZE[1]}


def test_what_is_no_picture_has_no_size() -> None:
    no_jpeg = [before + b"\xff\xc0" + b"\x01" * 20 for before in (b"", b"\xff\xd9")]
    others = [b"hello", b"\xff\xd8" + b"\xff" * 100, b"RIFF1234WEBPxxxx" + bytes(40)]
    assert pixels(*others, *no_jpeg) == [0] * 5


def test_a_small_file_of_a_huge_picture_is_told_from_a_phone_s_photo() -> None:
    """Unpacked the first takes 1.6 GB."""
    huge = saved(Image.new("1", (20_000, 20_000)), "PNG")
    assert len(huge) < 200_000
    header = bytearray(saved(Image.new("L", (16, 16)), "JPEG"))
    at = header.index(b"\xff\xc0")
    header[at + 5 : at + 9] = (6000).to_bytes(2, "big") + (8000).to_bytes(2, "big")
    assert pixels(huge[:1000], bytes(header)) == [400_000_000, 48_000_000]


#: Of six strengths, so many are read of the first code; zxing-cpp alone reads fewer of each.
READ = {
    "askew": 5,
    **dict.fromkeys(("on dark", "dotted", "mirrored", "faint", "pale", "small", "out of focus"), 6),
}
_FIND = """
  const codesIn = async ({ width, height, data }) => {
    const [found] = await decodeQRBatch([{ width, height, data }], { effort: 8, maxSize: { width, height } });
    return [found].flat().filter((one) => typeof one === "string");
  };
  const texts = [];
  for (const { width, height, levels } of given) {
    const grey = Uint8Array.from(atob(levels), (one) => one.charCodeAt(0));
    const data = new Uint8ClampedArray(grey.length * 4).fill(255);
    grey.forEach((level, at) => data.fill(level, at * 4, at * 4 + 3));
    let found = await codesIn({ width, height, data });
    for (const one of renderings({ width, height, data })) {
      if (found.length) break;
      found = await codesIn(one);
    }
    texts.push(found);
  }
  return texts;
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", READ)
def test_a_harmed_code_is_found_by_the_page(kind: str) -> None:
    harmed = [KINDS[kind](code(TEXTS[0]), strength).convert("L") for strength in range(1, 7)]
    given = [
        {"width": one.width, "height": one.height, "levels": base64.b64encode(one.tobytes()).decode()}
        for one in harmed
    ]
    found = run(("rules/pictures", "libraries"), _FIND, given)
    assert all(set(texts) <= {TEXTS[0]} for texts in found)
    assert sum(map(bool, found)) >= READ[kind]
