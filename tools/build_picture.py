"""Draw README's "Build one" section as a terminal session.

python tools/build_picture.py        (writes docs/pictures/build.svg)
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "pictures" / "build.svg"
sys.path.insert(0, str(ROOT))


def main() -> int:
    """Run and record the session. Return 0 on success."""
    from tests.install.boards import acted_out, interpreter

    console = Console(record=True, width=110, highlight=False, file=io.StringIO(), force_terminal=True)
    with tempfile.TemporaryDirectory() as folder, acted_out(Path(folder), interpreter()) as story:
        failed = False
        for step in story.tell():
            console.print(f"[bold green]$[/] [bold]{step.command}[/]")
            console.print(step.shown.rstrip() + "\n", markup=False)
            failed = failed or step.code != 0
        console.print(f"[dim](the button is pressed, and the key types)[/] [bold]{story.press()}[/]")
    picture = console.export_svg(title="build one", theme=MONOKAI)
    # rich refers to a web font. The reader's own monospaced font is good enough.
    picture = re.sub(r"@font-face \{.*?\}\n", "", picture, flags=re.DOTALL)
    picture = picture.replace("&#160;", " ").replace("<text ", '<text xml:space="preserve" ')
    PICTURE.write_text(re.sub(r"[ \t]+\n", "\n", picture), encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
