"""The kits' cases close over their boards, and no cell falls out. Needs build123d and trimesh."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("build123d")
pytest.importorskip("trimesh")

from hardware import dimensions
from hardware.kits import cases

pytestmark = pytest.mark.needs("hardware")


def test_every_kit_fits_into_its_case(tmp_path: Path) -> None:
    assert cases.main(str(tmp_path)) == 0
    names = {
        f"{kit}-{part}{end}" for kit in cases.KITS for part in ("base", "lid") for end in (".stl", ".step")
    }
    assert {path.name for path in tmp_path.iterdir()} == names


@pytest.mark.parametrize(("field", "value"), [("width", 18.9), ("length", 26.5), ("under", 7.0)])
def test_a_larger_board_is_found(monkeypatch: pytest.MonkeyPatch, field: str, value: float) -> None:
    """The case was drawn with the table's figures; a board that is larger in one of them does not go in."""
    case = cases.Case(cases.KITS["macropad"])
    printed = case.parts()
    assert cases.faults(case, printed) == []
    monkeypatch.setitem(case.data[0], field, value)
    assert cases.faults(case, printed)


def test_a_hole_that_lets_the_cell_out_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    case = cases.Case(cases.KITS["macropad"])
    printed, holes = case.parts(), case.openings()
    wide = cases.Opening((5, 18), (-7, 7), (10, 14))
    monkeypatch.setattr(case, "openings", lambda: [*holes, wide])
    assert cases.faults(case, printed) == [f"the cell can come out of {wide}"]


def test_a_screw_that_does_not_sink_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    case, real = cases.Case(cases.KITS["pico"]), dimensions.mm
    printed = case.parts()
    monkeypatch.setattr(cases, "mm", lambda p, n: 4.6 if (p, n) == ("screw", "head") else real(p, n))
    assert "base and screws overlap" in cases.faults(case, printed)


@pytest.mark.parametrize("kit", cases.KITS)
def test_a_screw_that_nearly_comes_through_the_lid_is_found(
    kit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = cases.Case(cases.KITS[kit])
    case.bottom += 0.1
    assert f"less than {cases._OVER} mm of the lid are over a screw" in cases.faults(case, case.parts())


def test_a_slot_that_no_finger_enters_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """BOOT was once behind a slot of 8 by 3 mm in a wall of 1.2 mm."""
    case = cases.Case(cases.KITS["trinkey-qt2040"])
    assert cases.out_of_reach(case) < 0
    monkeypatch.setattr(cases, "_FINGER_HOLE", (8.0, 3.0))
    monkeypatch.setattr(cases, "_DISH", 0.0)
    # The plunger ends 0.81 mm inside; a ball of 7 mm goes 0.16 mm into such a slot.
    assert cases.out_of_reach(case) == pytest.approx(0.8145 + 0.3 - 0.1626 - 0.5, abs=1e-3)
    assert "a finger ends 0.45 mm before it has pressed BOOT" in cases.faults(case, case.parts())


def test_a_slot_that_lets_the_cell_out_on_edge_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    case = cases.Case(cases.KITS["trinkey-qt2040"])
    printed = case.parts()
    assert cases.faults(case, printed) == []
    monkeypatch.setattr(cases, "_FINGER_HOLE", (12.6, 6.0))
    assert [line for line in cases.faults(case, printed) if line.startswith("the cell can come out")]


@pytest.mark.parametrize("kit", cases.KITS)
def test_each_shipped_base_has_the_icon(kit: str) -> None:
    """On the committed file: its triangle is cut 0.4 mm into the underside."""
    from tests.hardware.icon import triangles

    base = Path(cases.__file__).parents[1] / "fabrication" / f"{kit}-base.stl"
    assert triangles(base, -cases.FLOOR + 0.4) == 1


def test_the_trinkeys_plug_stays_free() -> None:
    """A receptacle wants 11.75 mm of a plug; its wall takes some of the Trinkey's 12.7 mm."""
    case = cases.Case(cases.KITS["trinkey-qt2040"])
    front = case.parts()["base"].bounding_box().min.X
    assert front - case.data[0]["plug"]["left"] >= dimensions.mm("port", "free_length")
