"""What an assembler gets fits together: positions, gerbers, parts lists and panel, as their files say it.

The committed files are read. Where a pad lies is what the gerbers themselves say (their X2 attributes name
part and pad), not what our scripts compute.
"""

from __future__ import annotations

import csv
import json
import re
import zipfile
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from hardware import dimensions, fabrication
from hardware.board import (
    assembly,
    drawing,
    electrical,
    fitting,
    interactive,
    kicad,
    oven,
    panel,
    parts,
    placement,
)
from hardware.board.sexpr import child, parse

Point = tuple[float, float]
FOLDER = fabrication.FOLDER
FORMS = {"single": "totpkey", "panel": "panel"}


class Files(NamedTuple):
    """One form's files: parts by designator, positions, pads by designator, and the outline's corners."""

    bought: set[str]
    places: dict[str, Point]
    pads: dict[str, list[Point]]
    paste: set[str]
    outline: tuple[Point, Point]


def read(form: str) -> Files:
    with zipfile.ZipFile(FOLDER / f"{form}-gerbers.zip") as archive:
        layers = {
            name.rpartition("-")[2]: archive.read(name).decode()
            for name in archive.namelist()
            if name.startswith(FORMS[form] + "-")
        }
    corners = flashes(layers["Edge_Cuts.gm1"], r"D0[12]\*")
    xs, ys = zip(*(point for _, point in corners), strict=True)
    pads: dict[str, list[Point]] = {}
    for ref, point in flashes(layers["F_Cu.gtl"], r"D03\*"):
        if ref:
            pads.setdefault(ref, []).append(point)
    paste = {ref for ref, _ in flashes(layers["F_Paste.gtp"], r"D0[123]\*") if ref}
    table = {row["Designator"]: row for row in rows(f"{form}-positions.csv")}
    places = {ref: (mm(row["Mid X"]), mm(row["Mid Y"])) for ref, row in table.items()}
    bought = {ref for row in rows(f"{form}-bom.csv") for ref in row["Designator"].split(",")}
    return Files(bought, places, pads, paste, ((min(xs), min(ys)), (max(xs), max(ys))))


def flashes(gerber: str, ending: str) -> list[tuple[str, Point]]:
    """The designator and the place in mm of each operation. Gerbers count millionths of a mm."""
    ref, found, last = "", [], (0.0, 0.0)
    for line in gerber.splitlines():
        if attribute := re.match(r"%TO\.[PC],([^,*]+)", line):
            ref = attribute[1]
        elif line.startswith("%TD"):
            ref = ""
        elif re.fullmatch(r"(?:X-?\d+)?(?:Y-?\d+)?(?:I-?\d+)?(?:J-?\d+)?" + ending, line):
            x, y = re.search(r"X(-?\d+)", line), re.search(r"Y(-?\d+)", line)
            last = (int(x[1]) / 1e6 if x else last[0], int(y[1]) / 1e6 if y else last[1])
            found.append((ref, last))
    return found


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def mm(text: str) -> float:
    return float(text.removesuffix("mm"))


@pytest.mark.parametrize("form", FORMS)
class TestForm:
    """The files of the single board go together, and those of the panel."""

    def test_they_begin_at_the_lower_left_corner(self, form: str) -> None:
        low, high = read(form).outline
        assert low == pytest.approx((0, 0), abs=0.06)
        if form == "single":
            assert high == pytest.approx((placement.LENGTH, placement.WIDTH), abs=0.06)

    def test_every_centroid_has_its_pads_around_it(self, form: str) -> None:
        """The plug alone hangs over the edge: its pads lie beside its middle."""
        files = read(form)
        for ref, (x, y) in files.places.items():
            xs, ys = zip(*files.pads[ref], strict=True)
            if ref.partition("_")[0] == "J1":
                assert min(xs) - 9 < x < min(xs)
            else:
                assert min(xs) - 0.01 <= x <= max(xs) + 0.01, ref
            assert min(ys) - 0.01 <= y <= max(ys) + 0.01, ref

    def test_every_centroid_is_inside_its_outline(self, form: str) -> None:
        files = read(form)
        (left, low), (right, high) = files.outline
        for ref, (x, y) in files.places.items():
            assert low < y < high, ref
            assert x < right, ref
            assert x > left or (form, ref) == ("single", "J1"), ref

    def test_parts_list_and_positions_name_the_same_parts(self, form: str) -> None:
        files = read(form)
        assert files.bought == set(files.places)

    def test_what_is_not_fitted_gets_no_paste(self, form: str) -> None:
        left_out = {ref for ref, part in parts.load().items() if not part.fitted}
        assert left_out
        named = {ref.partition("_")[0] for ref in read(form).paste}
        assert not named & left_out
        assert named >= {ref for ref, part in parts.load().items() if part.mpn and part.fitted}


def test_the_panel_holds_each_part_once_a_board() -> None:
    single, whole = read("single"), read("panel")
    assert set(whole.places) == {f"{ref}_{n}" for ref in single.places for n in range(panel.BOARDS)}


class TestTable:
    def test_kicad_marks_what_is_not_fitted(self) -> None:
        left_out = {ref for ref, part in parts.load().items() if not part.fitted}
        assert fitting.unfitted(electrical.board()) == left_out
        sheet = parse(kicad.SCHEMATIC.read_text(encoding="utf-8"))
        from hardware.board.sheet import references

        marked = {ref for ref, symbol in references(sheet).items() if child(symbol, "dnp")[1] == "yes"}
        assert marked == left_out

    def test_the_layout_says_what_the_table_says(self) -> None:
        assert fitting.faults(parts.load()) == []
        changed = dict(parts.load())
        changed["R14"] = changed["R14"]._replace(fitted=False)
        assert fitting.faults(changed)


class TestDrawing:
    """The drawing for who places the parts can be read, and its dots are where the gerbers have pin 1."""

    def test_every_name_can_be_read(self) -> None:
        labels = [shape.label for shape in assembly.shapes()]
        assert {label.ref for label in labels} == {ref for ref, part in parts.load().items() if part.mpn}
        assert min(label.height for label in labels) * assembly.SCALE >= 2
        for one, other in combinations(labels, 2):
            (a, b, c, d), (e, f, g, h) = one.box(), other.box()
            assert c <= e or g <= a or d <= f or h <= b, (one, other)

    def test_the_dots_are_on_pin_1(self) -> None:
        with zipfile.ZipFile(FOLDER / "single-gerbers.zip") as archive:
            copper = archive.read("totpkey-F_Cu.gtl").decode()
        firsts = {
            ref: (int(x) / 1e6, placement.WIDTH - int(y) / 1e6)
            for ref, x, y in re.findall(
                r"%TO\.P,(\w+),1[,*].*\n(?:%.*\n|D\d+\*\n)*X(-?\d+)Y(-?\d+)D03", copper
            )
        }
        dots = {shape.label.ref: shape.first for shape in assembly.shapes() if shape.first}
        assert set(dots) >= {"J1", "U1", "U2", "U3", "U4", "U5", "U6", "BT1", "D1", "Y1"}
        for ref, dot in dots.items():
            assert firsts[ref] == pytest.approx(dot, abs=0.01), ref


@pytest.mark.parametrize("form", FORMS)
def test_everything_is_of_one_revision(form: str) -> None:
    """The gerbers' job file once said "rev?", and the board's letters could say anything."""
    with zipfile.ZipFile(FOLDER / f"{form}-gerbers.zip") as archive:
        job = json.loads(archive.read(f"{FORMS[form]}-job.gbrjob"))
    assert job["GeneralSpecs"]["ProjectId"]["Revision"] == drawing.REVISION
    letters = re.findall(r'\(gr_text "(?:.* )?rev (\w+)"', kicad.BOARD.read_text(encoding="utf-8"))
    assert letters == [drawing.REVISION] * 2


def test_the_board_names_its_licence() -> None:
    """It once said "MIT licence", which is the programs'."""
    text = kicad.BOARD.read_text(encoding="utf-8")
    assert '(gr_text "CERN-OHL-P-2.0"' in text
    assert "MIT" not in text


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    text = interactive.page(kicad.BOARD, tmp_path_factory.mktemp("page")).read_text(encoding="utf-8")
    found = re.search(r"var pcbdata = (\{.*\})", text)
    assert found
    return dict(json.loads(found[1]))


@pytest.mark.needs("hardware")
@pytest.mark.skipif(
    not (kicad.found() and interactive.TOOL.exists()),
    reason="needs KiCad 9 and InteractiveHtmlBom (make hardware)",
)
class TestInteractive:
    """The page by which a person places parts names what is bought, as the parts list does."""

    def test_its_rows_are_those_of_the_parts_list(self, data: dict[str, Any]) -> None:
        shown = {frozenset(ref for ref, _ in row) for row in data["bom"]["both"]}
        assert shown == {frozenset(row["Designator"].split(",")) for row in rows("single-bom.csv")}

    def test_it_is_of_the_boards_revision(self, data: dict[str, Any]) -> None:
        assert data["metadata"]["revision"] == drawing.REVISION


class TestOven:
    """The plates under the panel hold each plug level, where the panel's gerbers have it."""

    def test_each_plug_and_its_tabs_are_over_a_window(self) -> None:
        assert oven.faults() == []
        files = read("panel")
        for number, window in enumerate(oven.windows()):
            tabs = sorted(files.pads[f"J1_{number}"])[:2]
            for x, y in tabs:
                assert window.left < x - 1.2 < x + 1.2 < window.right
                assert window.low < y - 0.35 < y + 0.35 < window.high
            x, _ = files.places[f"J1_{number}"]
            assert window.left < x - dimensions.mm("plug", "shell_length") / 2

    def test_the_plates_are_as_large_as_the_panel(self) -> None:
        _, (right, high) = read("panel").outline
        assert oven.outline()[2:] == pytest.approx((right, high), abs=0.06)

    def test_the_spacer_is_as_thick_as_the_plug_hangs_low(self) -> None:
        """Molex SD-48037-004: 4.50 high, 2.10 above a board of 1.6."""
        assert oven.thickness() == pytest.approx(0.8)

    def test_a_board_that_is_10_percent_off_is_found(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(oven, "BOARD_TOLERANCE", 0.16)
        assert oven.faults() == ["spacer and board together may be 0.24 mm off, more than 0.15 mm"]

    def test_a_narrow_window_is_found(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(oven, "ROOM", -0.1)
        assert oven.faults() == ["a plug lies on the spacer"] * 5


class TestPanel:
    def test_fiducials_are_clear_of_a_machines_rails(self) -> None:
        """Assemblers' machines hold 3.35 mm of the frame; three fiducials of 1 mm begin behind that."""
        files = read("panel")
        _, (right, high) = files.outline
        found = [place for ref, places in files.pads.items() if "FID" in ref for place in places]
        assert len(found) == 3
        for x, y in found:
            assert min(x, y, right - x, high - y) - 0.5 >= 3.35 - 0.01

    def test_no_copper_is_where_a_bridge_is_broken(self) -> None:
        """The holes reach 0.35 mm into the board; tracks and vias keep 0.25 mm from them."""
        tree = electrical.board()
        reach = panel.DEEP + panel.ASIDE
        for bridge in panel.BRIDGES:
            edge = 0.0 if bridge.upper else placement.WIDTH
            half = panel.BRIDGE / 2 + panel.ASIDE
            for track in electrical.tracks(tree):
                if track.net == "GND":
                    continue
                for step in range(201):
                    x, y = (a + step / 200 * (b - a) for a, b in zip(track.start, track.end, strict=True))
                    near = abs(x - bridge.x) < half + track.width / 2
                    assert not (near and abs(y - edge) < reach + track.width / 2), (track, bridge)

    @pytest.mark.needs("hardware")
    @pytest.mark.skipif(
        not (kicad.found() and panel.KIKIT.exists()), reason="needs KiCad 9 and KiKit (make hardware)"
    )
    def test_the_design_rules_find_a_bridge_over_tracks(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Revision 2's bridges stood at a third of the board, where BUTTON and the supply's trunk run."""
        monkeypatch.setattr(panel, "BRIDGES", (*panel.BRIDGES, panel.Bridge(44.0, True)))
        found = panel.faults(panel.panel(kicad.BOARD, tmp_path))
        assert any("BUTTON" in line for line in found)
