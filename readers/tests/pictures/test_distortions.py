"""How many pictures of distorted codes are read, alone and beside a clear code."""

from __future__ import annotations

from collections import Counter

import pytest
from PIL import Image

from readers.tests.pictures.distortions import KINDS, code, pictures
from totpkey_readers.pictures import qr

CLEAR = "otpauth://totp/Beside:me?secret=JBSWY3DPEHPK3PXP"
#: Of the 18 pictures of a kind, all are read, alone and beside a clear code, but of these so many at least.
#: Other versions of the libraries may draw a noisy picture in another way; the sum is in
#: docs/reference/imports.md.
READ = {"noisy": 16, "askew": 17, "waves": 14, "round": 10, "glare": 14, "photographed": 16}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.slow
def test_a_harmed_code_is_read_alone_and_beside_a_clear_one(kind: str) -> None:
    counts: Counter[str] = Counter()
    for text, picture in pictures(kind):
        alone, beside = qr.find(picture), qr.find(with_a_clear_code(picture))
        # Never a wrong text, and the clear one always.
        assert set(alone) <= {text}
        assert CLEAR in beside
        assert set(beside) <= {text, CLEAR}
        counts["alone"] += text in alone
        counts["beside"] += text in beside
    assert min(counts["alone"], counts["beside"]) >= READ.get(kind, 18)


def with_a_clear_code(picture: Image.Image) -> Image.Image:
    clear = code(CLEAR)
    page = Image.new("L", (picture.width + 60 + clear.width, max(picture.height, clear.height)), 255)
    page.paste(picture, (0, 0))
    page.paste(clear, (picture.width + 60, 0))
    return page
