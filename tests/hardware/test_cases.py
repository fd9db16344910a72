"""The cases of stick and kits close over their boards, and no cell falls out.

They need build123d and trimesh (make hardware installs them).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("build123d")
pytest.importorskip("trimesh")

from hardware import dimensions
from hardware.board import placement
from hardware.case import build, parts, strength
from hardware.kits import cases

pytestmark = pytest.mark.needs("hardware")


def triangles(path: Path, height: float) -> int:
    """How many triangles of 7 by 5.6 mm, the icon's, have their corners at this height of the file."""
    import trimesh

    points = {(round(x, 2), round(y, 2)) for x, y, z in trimesh.load(path).vertices if abs(z - height) < 1e-3}

    def there(x: float, y: float) -> bool:
        return any(abs(x - u) < 0.02 and abs(y - v) < 0.02 for u, v in points)

    return sum(there(x + 7, y) and (there(x + 3.5, y + 5.6) or there(x + 3.5, y - 5.6)) for x, y in points)


def test_the_case_fits_and_is_watertight(tmp_path: Path) -> None:
    assert build.main(str(tmp_path)) == 0
    assert {path.name for path in tmp_path.glob("*.st*")} >= {
        "shell.stl",
        "lid.stl",
        "button.step",
        "pipe.step",
    }


def test_a_part_in_the_way_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The button's resistor pushed to the edge would stand in one of the lid's tabs."""
    monkeypatch.setitem(placement.PLACES, "R9", placement.Place(39.0, 13.2, 0))
    assert "lid and R9 overlap" in build.collisions({"lid": build.case()["lid"]})


def test_solder_in_the_way_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Revision 2's tab reached over R14's pad, and its check, which knew bodies alone, saw nothing."""
    assert build.solder_in_the_way("lid", parts.lid()) == []
    monkeypatch.setattr(parts, "_TABS", (parts._TABS[0], ((5.0, 8.2),)))
    assert build.solder_in_the_way("lid", parts.lid()) == ["lid and the solder of R14 pad 2 overlap"]


def test_the_rib_and_not_the_screws_post_takes_the_force_of_plugging_in() -> None:
    """USB lets a plug ask for 35 N. The rib stands nearer behind the board than the post."""
    to_post = parts.SCREW[0] - parts._POST - placement.NOTCH[0]
    assert to_post - parts._STOP_GAP > 0.1
    low, high = parts._STOP
    pressure = 35 / ((high - low) * placement.THICKNESS)
    assert pressure < strength.STRONG / 2


def test_a_thin_wall_is_found_on_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Revision 2's chamfer of 2 mm met the pocket at the tail: 0.11 mm were left."""
    from build123d import export_stl

    monkeypatch.setattr(parts, "CHAMFER", 2.0)
    export_stl(parts.shell(), str(tmp_path / "shell.stl"), tolerance=0.02)
    assert strength.thinnest(tmp_path / "shell.stl", build.LETTERS["shell"]).thickness < 0.2


def test_no_shipped_wall_is_thinner_than_the_page_says() -> None:
    """On the committed files, which people print."""
    folder = Path(build.__file__).parents[1] / "fabrication"
    found = [strength.thinnest(folder / f"{name}.stl", build.LETTERS.get(name)) for name in build.COLOURS]
    thinnest = min(wall.thickness for wall in found)
    assert thinnest >= strength.THINNEST - 0.005
    page = (folder.parent / "README.md").read_text(encoding="utf-8")
    assert f"the thinnest walls are {thinnest:.2f} mm" in page


def test_the_icon_is_as_large_as_the_rule_asks() -> None:
    """16 CFR 1263, by UL 4200A: 7 mm wide and 9 mm high. Its triangle is on the shipped shell, too."""
    size = parts.warning_icon().bounding_box().size
    assert (round(size.X, 3), round(size.Y, 3)) >= (7.0, 9.0)
    folder = Path(build.__file__).parents[1] / "fabrication"
    assert triangles(folder / "shell.stl", parts.BOTTOM + parts.LETTERS) == 1
    assert triangles(folder / "lid.stl", parts.HIGH - parts.LETTERS) == 0


def test_the_page_of_tests_says_what_is_computed() -> None:
    page = Path(build.__file__).parents[1] / "cell-tests.md"
    assert strength.table() in page.read_text(encoding="utf-8")


def test_thicker_hooks_and_a_gentler_screw_would_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """A beam's stress falls with the square of its height: 2.9 times as high is enough for 72 N."""
    assert not strength.hooks().enough
    low, high = parts._HOOK_AT
    monkeypatch.setattr(parts, "_HOOK_AT", (low, low + 2.9 * (high - low)))
    assert strength.hooks().enough
    assert not any(row.enough for row in strength.screw())
    monkeypatch.setattr(strength, "TORQUE", 50.0)
    assert all(row.enough for row in strength.screw())


def test_the_plug_that_stands_on_the_board_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Revision 1 drew it 2.4 mm too high, and its check saw nothing."""
    printed = build.case()
    monkeypatch.setattr(parts, "PLUG_LOW", placement.THICKNESS)
    found = build.collisions({"lid": printed["lid"]})
    assert "lid and J1 overlap" in found


def test_a_screw_that_does_not_sink_or_is_too_long_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The head's hole was once narrower than the head, and the screw met the end of its hole."""
    printed, real = build.case(), dimensions.mm
    for name, mm, part in (("head", 4.4, "shell"), ("short", 7.0, "lid"), ("ring", 4.0, "shell")):
        changed = {("screw", name): mm}
        monkeypatch.setattr(build, "mm", lambda p, n, c=changed: c.get((p, n), real(p, n)))
        assert f"{part} and screw overlap" in build.collisions({part: printed[part]})


@pytest.mark.parametrize(
    ("part", "name", "mm"),
    [
        ("port", "grip_width", 15.0),
        ("port", "free_length", 13.0),
        ("button", "body_height", 2.2),
        ("holder", "height", 3.6),
    ],
)
def test_a_tighter_figure_is_found(monkeypatch: pytest.MonkeyPatch, part: str, name: str, mm: float) -> None:
    """The case was drawn with the table's figures; the check reads the table again."""
    printed, real = build.case(), dimensions.mm
    assert build.clearances(printed) == []
    monkeypatch.setattr(build, "mm", lambda p, n: mm if (p, n) == (part, name) else real(p, n))
    assert len(build.clearances(printed)) == 1


def flat_below(part: Any) -> bool:
    """Whether its flat outer side is the lower one, as its file has it; else it is the upper one."""
    faces = sorted(part.faces(), key=lambda face: float(face.center().Z))
    levels = {round(face.center().Z, 3) for face in (faces[0], faces[-1])}
    area = {level: sum(f.area for f in faces if round(f.center().Z, 3) == level) for level in levels}
    return bool(area[min(levels)] > area[max(levels)])


def shelves(part: Any) -> list[float]:
    """How far each flat face hangs free when the part stands on its tail, in mm."""
    tail = part.bounding_box().max.X
    down = [f for f in part.faces() if f.normal_at().X > 0.8 and tail - 0.01 > f.center().X]
    sizes = [face.bounding_box().size for face in down]
    return [min(size.Y, size.Z) for size in sizes]


def test_each_part_is_printed_without_supports() -> None:
    """The button lies on its top; shell and lid, whose top has a step, stand on their tails."""
    printed = build.case()
    assert not flat_below(printed["button"])
    # The widest of the shell is its front wall: a bridge between side walls and floor.
    assert max(shelves(printed["shell"])) < 5
    # The widest of the lid is the round hole of the insert, an arch; the flat end of its post hangs 2.05 mm.
    assert sorted(shelves(printed["lid"]))[-1] == pytest.approx(2 * parts._INSERT)
    assert sorted(shelves(printed["lid"]))[-2] < 2.1
    page = (Path(build.__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    text = " ".join(page.split())
    assert "Print shell and lid standing on their tails, with a brim; the button upside down" in text


# The kits' cases


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
    base = Path(cases.__file__).parents[1] / "fabrication" / f"{kit}-base.stl"
    assert triangles(base, -cases.FLOOR + 0.4) == 1


def test_the_trinkeys_plug_stays_free() -> None:
    """A receptacle wants 11.75 mm of a plug; its wall takes some of the Trinkey's 12.7 mm."""
    case = cases.Case(cases.KITS["trinkey-qt2040"])
    front = case.parts()["base"].bounding_box().min.X
    assert front - case.data[0]["plug"]["left"] >= dimensions.mm("port", "free_length")
