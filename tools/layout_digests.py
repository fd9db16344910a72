"""Write the digests of all keyboard tables that the command may send, by which a key recognises them.

python tools/layout_digests.py        (a test fails while the module is out of date)
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
    """Return the sorted digests of every layout and every part of one."""
    tables = [
        each.table
        for layout in layouts().values()
        for each in (layout, *(layout.part(ending) for ending in PARTS))
    ]
    # `calibrate` recognises a layout by this table: each plain key followed by a space.
    tables.append(calibration.probe().table)
    return sorted({hashlib.sha256(table).digest()[:SIZE] for table in tables})


def render(text: str) -> str:
    """Return the module's `text` with the current digests."""
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
