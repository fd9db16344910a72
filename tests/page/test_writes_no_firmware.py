"""The page sends no command by which firmware is written, so no release passes through it.

docs/decisions/0040-page.md says what it must check before it ever does.
"""

from __future__ import annotations

import re
from pathlib import Path

from totpkey_protocol.commands import COMMANDS

SOURCES = Path(__file__).resolve().parents[2] / "page" / "src"
_ASKED = re.compile(r"""\bask\(\s*["'`](\w+)["'`]""")


def test_the_page_asks_a_key_for_nothing_that_writes_firmware() -> None:
    sources = [path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.js")]
    sent = set().union(*map(_ASKED.findall, sources))
    assert {"unlock_pin", "set_time"} <= sent <= {each.name for each in COMMANDS}
    of_firmware = {each.name for each in COMMANDS if each.name.partition("_")[0] == "update"}
    assert of_firmware == {"update", "update_data", "update_try", "update_keep"}
    assert not sent & of_firmware
    # Neither by a name that is put together elsewhere, nor by another way to a board.
    assert not [
        text for text in sources if re.search(r"""["']update(_\w+)?["']|navigator\.(usb|hid)\b""", text)
    ]
