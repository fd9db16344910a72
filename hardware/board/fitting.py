"""Write into the layout what the table of parts says: `python -m hardware.board.fitting`.

That is each part's maker, number and data sheet, and whether it is fitted (`only_with`); and the schematic's
title and revision, which the layout also shows in its letters, and the gerbers in their job file. A part that
is not fitted has KiCad's mark "do not populate" in the schematic (drawing.py) and in the layout, and its pads
get no paste: paste without a part makes balls and bridges.
"""

from __future__ import annotations

import re
from pathlib import Path

from hardware.board import kicad
from hardware.board.drawing import DATE, REVISION, TITLE
from hardware.board.parts import Part, load
from hardware.board.sexpr import Node, child, children, has, parse, properties, write
from hardware.board.sheet import LICENCE

_FOOTPRINT = re.compile(r"^\t\(footprint .*?^\t\)$", re.MULTILINE | re.DOTALL)
_REFERENCE = re.compile(r'\(property "Reference" "([^"]+)"')
_MARK = re.compile(r"\(attr ([^()]*?)( dnp)?\)")
_TITLE = re.compile(r"^\t\(title_block\n.*?^\t\)\n", re.MULTILINE | re.DOTALL)
_PAPER = re.compile(r"^\t\(paper .*\)\n", re.MULTILINE)
_LETTERS = re.compile(r'(?<=\(gr_text ")((?:.* )?rev )\w+(?=")')


def marked(text: str, parts: dict[str, Part]) -> str:
    """Return a board's file with the table's entries and marks."""

    def one(match: re.Match[str]) -> str:
        found = _REFERENCE.search(match[0])
        part = parts.get(found[1]) if found else None
        if part is None:
            return match[0]
        block = _MARK.sub(rf"(attr \1{'' if part.fitted else ' dnp'})", match[0], count=1)
        for name, value in (("MPN", part.mpn), ("Manufacturer", part.maker), ("Datasheet", part.datasheet)):
            if value:
                block = re.sub(rf'\(property "{name}" "[^"]*"', f'(property "{name}" "{value}"', block)
        return block

    return _titled(_FOOTPRINT.sub(one, text))


def _titled(text: str) -> str:
    """Return a board's file with the schematic's title block, and its revision in the letters."""
    entries = [("title", TITLE), ("date", DATE), ("rev", REVISION), ("company", "totpkey")]
    lines = [f'({name} "{value}")' for name, value in entries] + [f'(comment 1 "{LICENCE}")']
    block = "\t(title_block\n" + "".join(f"\t\t{line}\n" for line in lines) + "\t)\n"
    text = _PAPER.sub(lambda paper: paper[0] + block, _TITLE.sub("", text), count=1)
    return _LETTERS.sub(rf"\g<1>{REVISION}", text)


def faults(parts: dict[str, Part]) -> list[str]:
    """Return in words if the layout does not say what the table says."""
    text = kicad.BOARD.read_text(encoding="utf-8")
    if marked(text, parts) == text:
        return []
    return ["the layout differs from parts.toml: run hardware.board.drawing and hardware.board.fitting"]


def unfitted(tree: Node) -> set[str]:
    """Return the references that have the mark on a board."""
    return {
        properties(item)["Reference"]
        for item in children(tree, "footprint")
        if has(item, "attr") and "dnp" in child(item, "attr")
    }


def without_paste(text: str) -> str:
    """Return a board's file in which the pads of parts with the mark have no paste."""
    tree = parse(text)
    for item in children(tree, "footprint"):
        if not (has(item, "attr") and "dnp" in child(item, "attr")):
            continue
        item[:] = [part for part in item if not _is_paste(part)]
        for pad in children(item, "pad"):
            layers = child(pad, "layers")
            layers[:] = [name for name in layers if not str(name).endswith(".Paste")]
    return write(tree) + "\n"


def _is_paste(part: object) -> bool:
    """Return whether it is a pad of paste alone, as below a chip's middle."""
    return (
        isinstance(part, list)
        and part[0] == "pad"
        and all(str(name).endswith(".Paste") for name in child(part, "layers")[1:])
    )


def fitted(folder: Path) -> Path:
    """Write the board without the paste of the parts that are not fitted; return its path."""
    made = folder / kicad.BOARD.name
    made.write_text(without_paste(kicad.BOARD.read_text(encoding="utf-8")), encoding="utf-8")
    made.with_suffix(".kicad_pro").write_bytes(kicad.BOARD.with_suffix(".kicad_pro").read_bytes())
    return made


def main() -> None:
    text = marked(kicad.BOARD.read_text(encoding="utf-8"), load())
    kicad.BOARD.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
