"""Draw the wiring diagrams: `python -m hardware.kits.draw FOLDER` (needs WireViz and graphviz).

Each diagram NAME.yml gives NAME.svg, NAME.png, the parts list NAME.bom.tsv, and a picture of the assembled
kit, NAME-built.svg.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from hardware.kits import assembly

HERE = Path(__file__).resolve().parent


def main(folder: str) -> int:
    if shutil.which("dot") is None:
        print(
            "graphviz is missing, so no wiring can be drawn. Install it: apt-get install graphviz",
            file=sys.stderr,
        )
        return 1
    from wireviz.wireviz import parse

    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for diagram in sorted(HERE.glob("*.yml")):
        parse(diagram, output_formats=("png", "svg", "tsv"), output_dir=target, output_name=diagram.stem)
    return assembly.main(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
