"""Draw a run of `totpkey demo` for the README.

python tools/demo_picture.py        (writes docs/pictures/demo.svg)
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from totpkey.cli.commands.demo import Demo
from totpkey.cli.simulation.choice import simulated_key
from totpkey.cli.simulation.live_key import LiveKey

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "pictures" / "demo.svg"
BOARD = "adafruit_qt2040_trinkey"


def main() -> int:
    """Run and record the demo. Return 0 on success."""
    console = Console(record=True, width=120, highlight=False, file=io.StringIO(), force_terminal=True)
    with LiveKey(simulated_key(BOARD)) as live:
        passed = Demo(live, console).run()
    picture = console.export_svg(title="make demo", theme=MONOKAI)
    # rich refers to a web font. The reader's own monospaced font is good enough.
    picture = re.sub(r"@font-face \{.*?\}\n", "", picture, flags=re.DOTALL)
    picture = re.sub(r"PORT=\S+/port", "PORT=/tmp/totpkey/port", picture.replace("&#160;", " "))
    picture = picture.replace("<text ", '<text xml:space="preserve" ')
    PICTURE.write_text(re.sub(r"[ \t]+\n", "\n", picture), encoding="utf-8")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
