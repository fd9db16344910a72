"""The page finds codes in versions of a picture, as the command does: tests/pictures has the harms."""

from __future__ import annotations

import base64

import pytest

from readers.tests.pictures.distortions import KINDS, TEXTS, code
from tests.page.scripts import run

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
