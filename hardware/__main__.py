"""Check and build all of the hardware: `python -m hardware FOLDER [pictures]`.

With `pictures` it also redraws the pictures in the documents (hardware/pictures) and updates the files for
ordering (hardware/fabrication); that takes minutes.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from hardware import fabrication
from hardware.board import kicad, outputs

PICTURES = Path(__file__).resolve().parent / "pictures"


def main(folder: str, *what: str) -> int:
    target = Path(folder)
    if not kicad.found():
        print(kicad.MISSING, file=sys.stderr)
        return 1
    # Report a missing KiCad before importing what `make hardware` installs.
    from hardware.board import models, supply
    from hardware.case import build, drawing, picture
    from hardware.kits import assembly, cases, steps

    models.main()
    failed = (
        outputs.main(str(target / "board"))
        or supply.main()
        or assembly.main(str(target / "kits"))
        or build.main(str(target / "case"))
        or cases.main(str(target / "cases"))
    )
    if failed or "pictures" not in what:
        return failed
    outputs.pictures(PICTURES)
    picture.main(str(target / "case"), str(PICTURES))
    drawing.main(str(PICTURES / "case.svg"))
    steps.main(str(PICTURES))
    fabrication.attach(target)
    for sheet in (target / "kits").glob("*.svg"):
        # Kits whose leads fit only one way have no wiring picture in the documents.
        if (PICTURES / sheet.name).exists():
            shutil.copy(sheet, PICTURES)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
