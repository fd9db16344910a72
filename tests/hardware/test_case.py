"""The case fits around the board. Runs where build123d and trimesh are (make hardware installs them)."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("build123d")
pytest.importorskip("trimesh")

from hardware.board import placement
from hardware.case import build


def test_the_case_fits_and_is_watertight(tmp_path: Path) -> None:
    assert build.main(str(tmp_path)) == 0
    assert {path.name for path in tmp_path.glob("*.st*")} >= {
        "shell.stl",
        "lid.stl",
        "button.step",
        "pipe.step",
    }


def test_a_part_in_the_way_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock chip pushed towards the edge would stand in the lid's tongue."""
    monkeypatch.setitem(placement.PLACES, "U6", placement.Place(41.9, 13.5, 180))
    assert "lid and U6 overlap" in build.collisions(build.case())
