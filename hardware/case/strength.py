"""What the closed case should hold in a laboratory's tests (`python -m hardware.case.strength`), and its
walls.

Beams and areas only, from the case's own dimensions. A print is no casting: the figures say which test is
lost on paper and which is worth its fee, not that one is passed.

Walls are measured on the STL file that is shipped, which needs trimesh and embreex. From many points of the
surface a ray goes straight into the part; where it comes out again, the wall ends. The ridges between and
inside of engraved letters are no walls and are left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from hardware.board.placement import MIDDLE, WIDTH
from hardware.case import parts
from hardware.dimensions import mm

#: Printed ABS or ASA along a layer, and its modulus, in N/mm² (memory: filament makers' tables say 35 to 45).
STRONG, MODULUS = 35.0, 2000.0
#: What pulls an M2 insert of 3 mm out of a print, in N (memory: 120 to 300 are given for ABS).
INSERT = 150.0
#: Torque = this x force x diameter, for a dry screw.
_FRICTION = 0.2
#: The tests' torque in N·mm, pull and crush in N.
TORQUE, PULL, CRUSH = 400.0, 72.0, 330.0
#: Above this a part goes soft, in degrees (memory: deflection at 0.45 N/mm²).
SOFT = {"PETG": 68, "ABS, ASA": 88}
#: The laboratory's oven.
OVEN = 70


class Row(NamedTuple):
    """A test, what it does to the case, what the case holds, and whether that is enough."""

    test: str
    load: str
    holds: str
    enough: bool


def screw() -> list[Row]:
    """Return what a torque on the screw does to the web below its head, and to the insert."""
    force = TORQUE / (_FRICTION * mm("screw", "thread"))
    ring = 3.1416 / 4 * (mm("screw", "head") ** 2 - (mm("screw", "thread") + 0.3) ** 2)
    least = min(INSERT, STRONG * ring)
    torque = least * _FRICTION * mm("screw", "thread") / 1000
    test = "screw driven ten times with 0.4 N·m (UL 60065, table 20)"
    return [
        Row(test, f"the screw pulls with {force:.0f} N", f"insert {INSERT:.0f} N", force <= INSERT),
        Row(
            "the same",
            f"{force / ring:.0f} N/mm² below its head",
            f"{STRONG:.0f} N/mm²; good for {torque:.2f} N·m",
            force / ring <= STRONG,
        ),
    ]


def hooks() -> Row:
    """Return what a pull at the lid's front does to the two hooks, which are beams held at one end."""
    low, high = parts._HOOK_AT
    width = MIDDLE - mm("plug", "shell_width") / 2 - parts.PLUG_GAP + 0.1
    bend = PULL / 2 * parts._HOOK / 2
    stress = bend / (width * (high - low) ** 2 / 6)
    holds = PULL * STRONG / stress
    return Row(
        "lid pulled up at the plug with 72 N",
        f"{stress:.0f} N/mm² in the hooks",
        f"{STRONG:.0f} N/mm²; good for {holds:.0f} N",
        stress <= STRONG,
    )


def walls() -> Row:
    """Return the pressure in the side walls between two plates."""
    area = 2 * parts.WALL * (parts.BACK - parts.STEP)
    return Row(
        "330 N between two plates: the sides",
        f"{CRUSH / area:.1f} N/mm²",
        f"{STRONG:.0f} N/mm²",
        CRUSH / area <= STRONG,
    )


def roof() -> Row:
    """Return how the roof over the cell bends, as a strip held at both sides, until it meets the holder."""
    span, thick = WIDTH + 2 * parts.GAP, parts.HIGH - parts.HIGH_CEILING
    load = CRUSH / ((parts.BACK - parts.STEP) * (span + 2 * parts.WALL))
    free = 5 * load * span**4 / (384 * MODULUS * thick**3 / 12)
    room = parts._OVER_CELL
    stress = 6 * load * span**2 / 8 / thick**2 * min(1, room / free)
    return Row(
        "the same: the roof over the cell",
        f"would bend {free:.1f} mm, meets the holder after {room:.1f} mm with {stress:.0f} N/mm²",
        f"{STRONG:.0f} N/mm²",
        stress <= STRONG,
    )


def oven() -> list[Row]:
    return [
        Row(f"7 hours at {OVEN} °C: {name}", f"{OVEN} °C", f"soft from {soft} °C", soft > OVEN)
        for name, soft in SOFT.items()
    ]


def rows() -> list[Row]:
    return [*oven(), *screw(), hooks(), walls(), roof()]


def table() -> str:
    """Return the tests as a Markdown table."""
    lines = ["| test | load | the case holds | enough |", "|---|---|---|---|"]
    for row in rows():
        lines.append(f"| {row.test} | {row.load} | {row.holds} | {'yes' if row.enough else '**no**'} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())


#: Two lines of a 0.4 mm nozzle.
THINNEST = 0.8
#: Rounding: 0.7992 is 0.8 mm.
_ROUGH = 0.005
_POINTS = 60_000
#: The cosine between ray and face below which the ray only grazes the face.
_GRAZE = 0.2


class Wall(NamedTuple):
    """The thinnest place of a part: its thickness, and where, in mm."""

    thickness: float
    place: tuple[float, float, float]


def thinnest(path: Path, letters: tuple[float, float] | None = None) -> Wall:
    """Return the thinnest place of the STL at `path`.

    `letters` are the heights (z) between which engraved letters have their upright walls.
    """
    import numpy
    import trimesh

    mesh = trimesh.load(path)
    points, faces = trimesh.sample.sample_surface(mesh, _POINTS, seed=0)
    normals = mesh.face_normals[faces]
    if letters is not None:
        keep = ~_engraved(points, normals, letters)
        points, normals = points[keep], normals[keep]
    start = points - normals * 1e-4
    ends, rays, hit = mesh.ray.intersects_location(start, -normals, multiple_hits=False)
    # A ray along an edge grazes the faces beside it; only where it goes out through a face does a wall end.
    leaves = (mesh.face_normals[hit] * -normals[rays]).sum(axis=1) > _GRAZE
    ends, rays = ends[leaves], rays[leaves]
    lengths = numpy.linalg.norm(ends - points[rays], axis=1)
    index = int(lengths.argmin())
    x, y, z = (round(float(value), 2) for value in points[rays[index]])
    return Wall(float(lengths[index]), (x, y, z))


def _engraved(points: Any, normals: Any, letters: tuple[float, float]) -> Any:
    low, high = letters
    return (abs(normals[:, 2]) < 0.5) & (points[:, 2] > low - 1e-3) & (points[:, 2] < high + 1e-3)


def faults(path: Path, letters: tuple[float, float] | None = None) -> list[str]:
    """Return what is thinner than two lines of the nozzle."""
    wall = thinnest(path, letters)
    if wall.thickness >= THINNEST - _ROUGH:
        return []
    return [f"{path.name}: {wall.thickness:.2f} mm thick at {wall.place}, less than {THINNEST} mm"]
