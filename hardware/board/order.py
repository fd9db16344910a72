"""The files for an assembler's forms, in the required columns: parts list, positions and drawings.

Headings are those that JLCPCB documents ("Comment, Designator, Footprint, LCSC Part #" and "Designator, Mid
X, Mid Y, Layer, Rotation"). PCBWay and others read the same files; they also need maker and part number.
Rotations are KiCad's: zero as in IPC-7351, counter-clockwise. A house that wants others has a file of its
own, NAME-positions-HOUSE.csv; angles.toml has them with their sources. The house's preview and the assembly
drawings, which mark pin 1, decide.
"""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path
from typing import Any

from hardware.board import kicad
from hardware.board.parts import TABLE, is_fitted, load
from hardware.board.placement import PLACES

PARTS = (
    "Comment",
    "Designator",
    "Footprint",
    "LCSC Part #",
    "Quantity",
    "Manufacturer",
    "Manufacturer Part Number",
    "Digi-Key Part Number",
    "Kind",
    "US dollars",
    "Quoted",
    "Side",
    "Alternate",
    "Datasheet",
)
POSITIONS = ("Designator", "Mid X", "Mid Y", "Layer", "Rotation")
UNQUOTED = "unquoted"
ANGLES = Path(__file__).resolve().parent / "angles.toml"
#: The columns of KiCad's file that contain these values.
_KICAD = ("Ref", "PosX", "PosY", "Side", "Rot")


def rows(table: Path = TABLE, boards: int = 1) -> list[list[str]]:
    """Return the parts list with a row for each part number that an assembler places.

    For a panel of more than one board, designators carry the board's number, as on the panel.
    """
    data = tomllib.loads(table.read_text(encoding="utf-8"))
    return [_row(row, boards) for row in data["part"] if is_fitted(data, row)]


def _row(row: dict[str, Any], boards: int) -> list[str]:
    refs = [ref for number in range(boards) for ref in numbered(row["refs"], number if boards > 1 else None)]
    return [
        row["value"],
        ",".join(refs),
        row["footprint"].split(":")[1],
        row.get("lcsc", ""),
        str(len(refs)),
        row["maker"],
        row["mpn"],
        row.get("digikey", ""),
        row["kind"],
        str(row["usd"]) if "usd" in row else "",
        row.get("quoted", UNQUOTED),
        "bottom" if PLACES[row["refs"][0]].back else "top",
        row["alternate"],
        row["datasheet"],
    ]


def numbered(refs: list[str], board: int | None) -> list[str]:
    """Return designators as a panel has them, R1_0 on its first board; without `board` as they are."""
    return refs if board is None else [f"{ref}_{board}" for ref in refs]


def by_hand(table: Path = TABLE) -> list[list[str]]:
    """Return what a person adds after the test: no assembler places it."""
    data = tomllib.loads(table.read_text(encoding="utf-8"))
    return [
        [
            row["value"],
            ",".join(row["refs"]),
            str(len(row["refs"])),
            row["maker"],
            row["mpn"],
            str(row["usd"]),
            row.get("quoted", UNQUOTED),
            row["alternate"],
        ]
        for row in data["hand"]
    ]


#: What no part's row says, in US dollars: the bare board and the printed case for 10 and for 100, the fee for
#: each kind of part that is not basic, the set-up with its stencil, and the joints of one board.
_BARE, _CASE, _KIND, _SET_UP, _JOINTS = (4.00, 0.90), (4.50, 3.50), 3.00, 9.50, 220 * 0.0016
_SEEN = "seen: JLCPCB, 2026-10-03"


def costs(table: Path = TABLE) -> str:
    """Return what one stick costs, for ten and for a hundred of them, as a Markdown table."""
    data = tomllib.loads(table.read_text(encoding="utf-8"))
    fitted = [row for row in data["part"] if is_fitted(data, row)]
    seen = [row for row in fitted if "quoted" in row]
    guessed = [row for row in fitted if "quoted" not in row]
    kinds = sum(row["kind"] != "basic" for row in fitted)
    lines = [
        ("bare board, ENIG", _BARE, UNQUOTED),
        (f"{len(seen)} part numbers", (_sum(seen),) * 2, "seen, each in its row"),
        (f"{len(guessed)} part numbers", (_sum(guessed),) * 2, UNQUOTED),
        (f"fee for {kinds} kinds that are not basic", (_KIND * kinds / 10, _KIND * kinds / 100), _SEEN),
        ("set-up, stencil, joints", (_SET_UP / 10 + _JOINTS, _SET_UP / 100 + _JOINTS), _SEEN),
        ("cell, screw, O-ring, insert", (_sum(data["hand"]),) * 2, UNQUOTED),
        ("case, printed", _CASE, UNQUOTED),
    ]
    cells = [(name, *(f"{value:.2f}" for value in pair), source) for name, pair, source in lines]
    both = [f"{sum(float(row[column]) for row in cells):.2f}" for column in (1, 2)]
    cells.append(("together", *both, ""))
    body = "\n".join("| " + " | ".join(row) + " |" for row in cells).replace("|  |", "| |")
    return "| | 10 | 100 | from |\n|---|---|---|---|\n" + body


def _sum(rows_: list[dict[str, Any]]) -> float:
    return float(sum(row["usd"] * len(row["refs"]) for row in rows_))


def parts_lists(folder: Path, boards: int) -> None:
    """Write the parts lists of a board, of a panel, and of what is added by hand."""
    _write(folder / "single-bom.csv", PARTS, rows())
    _write(folder / "panel-bom.csv", PARTS, rows(boards=boards))
    head = ("Comment", "Designator", "Quantity", "Manufacturer", "Manufacturer Part Number")
    _write(folder / "by-hand.csv", (*head, "US dollars", "Quoted", "Alternate"), by_hand())


def positions(board: Path, target: Path) -> None:
    """Write a board's or a panel's positions: mm from its lower left corner, as its gerbers, y up."""
    raw = target.with_suffix(".kicad.csv")
    options = (
        "--format",
        "csv",
        "--units",
        "mm",
        "--side",
        "both",
        "--exclude-dnp",
        "--use-drill-file-origin",
    )
    kicad.run("pcb", "export", "pos", *options, "-o", raw, board)
    with raw.open(encoding="utf-8") as file:
        placed = [[line[name] for name in _KICAD] for line in csv.DictReader(file)]
    raw.unlink()
    _write(target, POSITIONS, converted(placed))
    for house in houses():
        for_house(target, house)


def houses(table: Path = ANGLES) -> dict[str, dict[str, int]]:
    """Return by how much more each house that wants other angles wants what turned, by its footprint."""
    data = tomllib.loads(table.read_text(encoding="utf-8"))
    return {
        name: {footprint: turn["by"] for footprint, turn in house["turns"].items()}
        for name, house in data.items()
        if "turns" in house
    }


def for_house(positions: Path, house: str) -> None:
    """Write the positions beside them with that house's angles."""
    parts, turns = load(), houses()[house]
    with positions.open(encoding="utf-8") as file:
        placed = list(csv.reader(file))[1:]
    for row in placed:
        footprint = parts[row[0].partition("_")[0]].footprint.partition(":")[2]
        more = next((turns[begin] for begin in turns if footprint.startswith(begin)), 0)
        row[4] = f"{(float(row[4]) + more) % 360:g}"
    _write(positions.with_stem(f"{positions.stem}-{house}"), POSITIONS, placed)


def converted(placed: list[list[str]], table: Path = TABLE) -> list[list[str]]:
    """Convert KiCad's rows for the assembler. Fiducials and parts that are not fitted are left out."""
    parts = load(table)
    return [
        [ref, f"{float(x):.3f}mm", f"{float(y):.3f}mm", side.capitalize(), f"{float(turn) % 360:g}"]
        for ref, x, y, side, turn in placed
        if ref.partition("_")[0] in parts and parts[ref.partition("_")[0]].fitted
    ]


def _write(path: Path, head: tuple[str, ...], lines: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(lines)
