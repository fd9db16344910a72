"""The case fits around the board. Runs where build123d and trimesh are (make hardware installs them)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("build123d")
pytest.importorskip("trimesh")

from hardware.board import placement
from hardware.case import build

pytestmark = pytest.mark.hardware


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


def flat_below(part: Any) -> bool:
    """Whether its flat outer side is the lower one, as its file has it; else it is the upper one."""
    faces = sorted(part.faces(), key=lambda face: float(face.center().Z))
    levels = {round(face.center().Z, 3) for face in (faces[0], faces[-1])}
    area = {level: sum(f.area for f in faces if round(f.center().Z, 3) == level) for level in levels}
    return bool(area[min(levels)] > area[max(levels)])


def test_each_part_is_printed_on_its_flat_side() -> None:
    printed = build.case()
    assert {name: flat_below(printed[name]) for name in ("shell", "lid", "button")} == {
        "shell": True,
        "lid": False,
        "button": False,
    }
    page = (Path(build.__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    assert "Print the shell as it stands, lid and button upside down" in page
