"""Finds the warning's icon in a shipped file of a case."""

from __future__ import annotations

from pathlib import Path


def triangles(path: Path, height: float) -> int:
    """How many triangles of 7 by 5.6 mm, the icon's, have their corners at this height of the file."""
    import trimesh

    points = {(round(x, 2), round(y, 2)) for x, y, z in trimesh.load(path).vertices if abs(z - height) < 1e-3}

    def there(x: float, y: float) -> bool:
        return any(abs(x - u) < 0.02 and abs(y - v) < 0.02 for u, v in points)

    return sum(there(x + 7, y) and (there(x + 3.5, y + 5.6) or there(x + 3.5, y - 5.6)) for x, y in points)
