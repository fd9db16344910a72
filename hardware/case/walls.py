"""Measure the walls of a printed part on the STL file that is shipped. Needs trimesh and embreex.

From many points of the surface a ray goes straight into the part; where it comes out again, the wall ends.
The ridges between and inside of engraved letters are no walls and are left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

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
