"""The files for an assembler's forms, in the required columns: parts list, positions and drawings.

Headings are those that JLCPCB documents ("Comment, Designator, Footprint, LCSC Part #" and "Designator, Mid
X, Mid Y, Layer, Rotation"). PCBWay and others read the same files; they also need maker and part number.
Rotations are KiCad's: zero as in IPC-7351, counter-clockwise. Two public tables of corrections for one house
disagree (SOT-23: 180 or -90), so none is applied. The house's preview and the assembly drawings, which mark
pin 1, decide.
"""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

from . import kicad
from .kicad import BOARD
from .parts import TABLE, is_fitted, load
from .placement import PLACES, WIDTH

PARTS = (
    "Comment",
    "Designator",
    "Footprint",
    "LCSC Part #",
    "Quantity",
    "Manufacturer",
    "Manufacturer Part Number",
    "Digi-Key Part Number",
    "Side",
    "Alternate",
    "Datasheet",
)
POSITIONS = ("Designator", "Mid X", "Mid Y", "Layer", "Rotation")
#: The columns of KiCad's file that contain these values.
_KICAD = ("Ref", "PosX", "PosY", "Side", "Rot")


def rows(table: Path = TABLE) -> list[list[str]]:
    """Return the parts list with a row for each part number; parts fitted by hand come last."""
    data = tomllib.loads(table.read_text(encoding="utf-8"))
    found = []
    for row in data["part"]:
        if not is_fitted(data, row):
            continue
        side = "bottom" if PLACES[row["refs"][0]].back else "top"
        found.append(
            [
                row["value"],
                ",".join(row["refs"]),
                row["footprint"].split(":")[1],
                row.get("lcsc", ""),
                str(len(row["refs"])),
                row["maker"],
                row["mpn"],
                row.get("digikey", ""),
                side,
                row["alternate"],
                row["datasheet"],
            ]
        )
    found += [
        [name, "", "", "", str(number), maker, mpn, "", "by hand, last", alternate, ""]
        for name, number, maker, mpn, alternate in _BY_HAND
    ]
    return found


_BY_HAND = (
    ("CR1220 cell, 3 V", 1, "Panasonic", "CR1220", "any CR1220 of a known maker; not rechargeable"),
    ("Screw M2 x 6, pan head (ISO 7045)", 1, "", "", "for plastic, with the same head"),
    ("O-ring 1.5 x 1 mm", 1, "", "", "none: it keeps the screw in the shell"),
)


def parts_list(folder: Path) -> None:
    """Write `bom.csv`."""
    with (folder / "bom.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(PARTS)
        writer.writerows(rows())


def positions(folder: Path) -> None:
    """Write `positions.csv`: mm from the board's lower left corner, y up, as seen from the front."""
    raw = folder / "positions-kicad.csv"
    options = ("--format", "csv", "--units", "mm", "--side", "both", "--exclude-dnp")
    kicad.run("pcb", "export", "pos", *options, "-o", raw, BOARD)
    with raw.open(encoding="utf-8") as file:
        placed = [[line[name] for name in _KICAD] for line in csv.DictReader(file)]
    raw.unlink()
    with (folder / "positions.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(POSITIONS)
        writer.writerows(converted(placed))


def converted(placed: list[list[str]], table: Path = TABLE) -> list[list[str]]:
    """Convert KiCad's rows for the assembler: positions from the board's corner, "Top" and "Bottom".

    Parts that are not fitted are left out.
    """
    left, bottom = 100.0, -(80.0 + WIDTH)
    parts = load(table)
    return [
        [
            ref,
            f"{float(x) - left:.3f}mm",
            f"{float(y) - bottom:.3f}mm",
            side.capitalize(),
            f"{float(turn) % 360:g}",
        ]
        for ref, x, y, side, turn in placed
        if ref not in parts or parts[ref].fitted
    ]


def drawing(folder: Path) -> None:
    """Write `assembly-front.pdf` with outlines, references and pin 1. Nothing is soldered to the back."""
    options = ("--mode-single", "--black-and-white", "--layers", "F.Fab,F.Courtyard,Edge.Cuts")
    kicad.run("pcb", "export", "pdf", *options, "-o", folder / "assembly-front.pdf", BOARD)
