"""Check the format and lint of the page's sources; with `--write`, reformat them.

    python tools/check_page.py [--write]

Without npm it prints one line saying so and checks nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from page_packages import CHECKS, PAGE, CannotBuild, Failed


def main(arguments: list[str]) -> int:
    """Return 1 if something must be corrected by hand."""
    write = ["--write"] if arguments == ["--write"] else []
    try:
        output = CHECKS.run("biome", ["check", "--error-on-warnings", *write, "."], PAGE)
    except Failed as problem:
        print(problem)
        return 1
    except CannotBuild:
        print("The set-up page is not checked: that needs npm, which comes with Node.js 20 or later.")
        return 0
    print(output.strip())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
