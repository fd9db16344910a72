"""Writes what a key knows of keyboard layouts: a digest of each table that the command may give it.

python tools/layout_digests.py        (a test fails while the module differs)
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from totpkey.keyboard import calibration
from totpkey.keyboard.layouts import PARTS, layouts
from totpkey_protocol.layout_digests import SIZE

MODULE = Path(__file__).resolve().parent.parent / "firmware/lib/totpkey_protocol/layout_digests.py"
BEGIN, END = "# from the layouts\n", "# end\n"
_ROW = 3


def digests() -> list[bytes]:
    """Of every layout and every part of one, sorted."""
    tables = [
        each.table
        for layout in layouts().values()
        for each in (layout, *(layout.part(ending) for ending in PARTS))
    ]
    # And the one by which `calibrate` finds the layout: each plain key, and a space after it.
    tables.append(calibration.probe().table)
    return sorted({hashlib.sha256(table).digest()[:SIZE] for table in tables})


def render(text: str) -> str:
    """The module's `text` with the present digests."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    found = digests()
    rows = [
        "".join(f"\\x{byte:02x}" for each in found[at : at + _ROW] for byte in each)
        for at in range(0, len(found), _ROW)
    ]
    lines = ["_KNOWN = (\n", *(f'    b"{row}"\n' for row in rows), ")\n"]
    return before + BEGIN + "".join(lines) + END + after


if __name__ == "__main__":
    MODULE.write_text(render(MODULE.read_text(encoding="utf-8")), encoding="utf-8")
