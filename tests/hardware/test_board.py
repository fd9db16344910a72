"""The board can be made: KiCad finds no fault, all parts can be bought, and the files agree.

What an assembler gets fits together: positions, gerbers, parts lists and panel, as their files say it. The
committed files are read. Where a pad lies is what the gerbers themselves say (their X2 attributes name part
and pad), not what our scripts compute.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
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
    netlist,
    order,
    outputs,
    oven,
    panel,
    parts,
    placement,
    project,
)
from hardware.board.sexpr import child, children, numbers, parse, properties, write
from hardware.board.sheet import references

needs_kicad = pytest.mark.skipif(not kicad.found(), reason="KiCad 9 is not installed")
SYMBOLS = Path("/usr/share/kicad/symbols")


def symbols() -> dict[str, Any]:
    return references(parse(kicad.SCHEMATIC.read_text(encoding="utf-8")))


def footprints() -> dict[str, list[object]]:
    return {properties(item)["Reference"]: item for item in children(electrical.board(), "footprint")}


def left_out() -> set[str]:
    """What the table does not fit."""
    return {ref for ref, part in parts.load().items() if not part.fitted}


def rows(name: str, folder: Path = fabrication.FOLDER) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def packed(archive: str, name: str) -> str:
    """A file in one of the archives for ordering."""
    with zipfile.ZipFile(fabrication.FOLDER / archive) as files:
        return files.read(name).decode()


@pytest.mark.needs("hardware")
@needs_kicad
class TestKicad:
    def test_electrical_rules(self) -> None:
        assert kicad.rule_errors() == []

    def test_design_rules_and_parity(self) -> None:
        assert kicad.board_errors() == []

    def test_the_checks_see_a_fault(self, tmp_path: Path) -> None:
        """A track moved onto its neighbour, and a net renamed in the schematic, are both found."""
        for path in kicad.HERE.glob("*"):
            if path.is_file():
                shutil.copy(path, tmp_path)
        board, sheet = tmp_path / kicad.BOARD.name, tmp_path / kicad.SCHEMATIC.name
        text = board.read_text(encoding="utf-8")
        board.write_text(
            re.sub(r"\(segment\n\t\t\(start \S+ \S+\)", "(segment\n\t\t(start 120 89)", text, count=3),
            encoding="utf-8",
        )
        sheet.write_text(
            sheet.read_text(encoding="utf-8").replace('(label "SDA"', '(label "SDX"', 1), encoding="utf-8"
        )
        found = "\n".join(kicad.board_errors(board))
        assert "shorting" in found.lower() or "clearance" in found.lower()
        assert "SDX" in found


class TestParts:
    def test_the_table_the_schematic_and_the_board_hold_the_same_parts(self) -> None:
        sheet = {ref for ref in symbols() if not ref.startswith("#")}
        assert sheet == set(parts.load()) == set(footprints()) == set(placement.PLACES)

    def test_values_and_part_numbers_agree(self) -> None:
        sheet, board = symbols(), footprints()
        for ref, part in parts.load().items():
            for fields in (properties(sheet[ref]), properties(board[ref])):
                assert fields["Value"] == part.value
                assert fields.get("MPN", "") == part.mpn
            assert str(board[ref][1]) == part.footprint

    def test_the_parts_list_has_a_part_number_in_each_row(self, tmp_path: Path) -> None:
        order.parts_lists(tmp_path, 5)
        listed = rows("single-bom.csv", tmp_path)
        assert sum(int(row["Quantity"]) for row in listed) == sum(
            1 for part in parts.load().values() if part.mpn and part.fitted
        )
        assert all(row["Manufacturer Part Number"] and row["Manufacturer"] for row in listed)
        assert "CR1220" in (tmp_path / "by-hand.csv").read_text(encoding="utf-8")

    def test_positions_are_in_an_assemblers_columns(self) -> None:
        row = ["U6", "50.2", "6.9", "top", "-180"]
        assert order.converted([row]) == [["U6", "50.200mm", "6.900mm", "Top", "180"]]

    @pytest.mark.parametrize("form", ["single", "panel"])
    def test_jlcpcbs_angles_are_ours_and_what_its_table_adds(self, form: str) -> None:
        """U2 lies as KiCad draws it. JLCPCB's SOIC begins a quarter turn back, its SOT-23 half a turn."""

        def turns(house: str) -> dict[str, float]:
            table = rows(f"{form}-positions{house}.csv")
            return {row["Designator"]: float(row["Rotation"]) for row in table}

        ours, theirs = turns(""), turns("-jlcpcb")
        other = {
            ref.partition("_")[0]: (theirs[ref] - ours[ref]) % 360 for ref in ours if theirs[ref] != ours[ref]
        }
        assert other == {"U1": 90, "U2": 270, "U3": 180, "U4": 180, "U5": 180, "SW2": 90}

    def test_one_line_fits_the_secure_element_or_leaves_it_out(self, tmp_path: Path) -> None:
        """Parts list and positions follow it; what is not fitted is named in neither."""
        text = parts.TABLE.read_text(encoding="utf-8")
        element = {"U7", "C18", "C19", "C20", "R13"}
        for choice in ("true", "false"):
            table = tmp_path / f"{choice}.toml"
            changed, lines = re.subn(r"^element = (?:true|false)$", f"element = {choice}", text, flags=re.M)
            assert lines == 1
            table.write_text(changed, encoding="utf-8")
            bought = {ref for row in order.rows(table) for ref in row[1].split(",")}
            placed = {
                row[0] for row in order.converted([[ref, "0", "0", "top", "0"] for ref in element], table)
            }
            assert bought & element == placed == (element if choice == "true" else set())


class TestElectrical:
    """What electrical.py sees of the board as it is, and that it sees a fault."""

    def test_no_fault(self) -> None:
        assert electrical.faults() == []

    def test_a_swapped_pin_is_found(self) -> None:
        nets = netlist.nets(kicad.SCHEMATIC)
        nets["U4", "1"], nets["U4", "2"] = nets["U4", "2"], nets["U4", "1"]
        assert len(electrical.pin_faults(nets)) == 2

    def test_another_crystal_resistor_is_found(self) -> None:
        values = {ref: part.value for ref, part in parts.load().items()}
        nets = netlist.nets(kicad.SCHEMATIC)
        assert electrical.design_faults(nets, values) == []
        assert len(electrical.design_faults(nets, values | {"R3": "10k"})) == 1

    def test_a_line_of_the_pair_on_the_back_is_found(self) -> None:
        found = electrical.tracks(electrical.board())
        moved = [t._replace(layer="B.Cu") if t.net == "/USB_DP" else t for t in found]
        assert "D+ changes its layer" in electrical.pair_faults(moved)

    def test_the_element_is_joined_as_on_its_makers_own_board(self) -> None:
        """Pads of IC1 on `ts17-tropic01-mini.kicad_pcb`, tropicsquare/ts17-tropic01-mini-pcb 5bb86f8ddea4.

        Its pull-up of 47 k is on the element's output, and each of its three supply pins has 100 nF.
        """
        theirs = {
            "VCC": (1, 11, 22, 24),
            "GND": (2, 3, 9, 10, 12, 23, 30, 31, 33),
            "/SPI_MOSI": (5,),
            "/SPI_MISO": (6,),
            "/SPI_SCK": (7,),
            "/SPI_CS": (8,),
        }
        ours = {
            pin: net for (ref, pin), net in netlist.board_nets(kicad.BOARD).items() if ref == "U7" and pin
        }
        for net, pins in theirs.items():
            assert {ours[str(pin)] for pin in pins} == {"+3V3" if net == "VCC" else net}
        joined = {str(pin) for pins in theirs.values() for pin in pins}
        assert all(net.startswith("unconnected-") for pin, net in ours.items() if pin not in joined)
        nets = netlist.board_nets(kicad.BOARD)
        assert (nets["R13", "1"], nets["R13", "2"]) == ("+3V3", "/SPI_MISO")
        assert parts.load()["R13"].value == "47k"

    @pytest.mark.parametrize(
        ("ref", "there", "fault"), [("BT1", "U1", "rim"), ("U6", "R1", "under U6"), ("U1", "", "C11")]
    )
    def test_copper_in_the_wrong_place_is_found(
        self, monkeypatch: pytest.MonkeyPatch, ref: str, there: str, fault: str
    ) -> None:
        """A part taken to be elsewhere has other parts' copper under it, or its capacitors far off."""
        tree = electrical.board()
        if there:
            monkeypatch.setitem(placement.PLACES, ref, placement.PLACES[there])
        else:
            monkeypatch.setitem(electrical.NEAR, ("U1", "45"), ("C11", 0.1))
        found = (
            electrical.cell_faults(tree) + electrical.distance_faults(tree) + electrical.under_faults(tree)
        )
        assert any(fault in line for line in found)

    def test_the_ground_on_the_back_is_one_piece_below_the_usb_pair(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Once a trunk of 0.6 mm ran from edge to edge below the pair, so that its ground ended there."""
        tree = electrical.board()
        assert electrical.ground_faults(tree) == []
        planes = [
            [(0.4, 0.4), (23.2, 0.4), (23.2, 13.4), (0.4, 13.4)],
            [(24.4, 0.4), (60.0, 0.4), (60.0, 13.4), (24.4, 13.4)],
        ]
        monkeypatch.setattr(electrical, "_planes", lambda tree: planes)
        assert electrical.ground_faults(tree) == [
            "the ground on the back is cut between plug and clock",
            "D+ crosses 1.2 mm without ground below it",
            "D- crosses 1.2 mm without ground below it",
        ]

    def test_the_clocks_supply_rises_as_slowly_as_its_manual_asks(self) -> None:
        """With all tolerances, which the 680 ohm of earlier files left out: they reach 65 V/ms."""
        table = parts.load()
        low, high = drawing.LIMITS
        slowest, fastest = drawing.rise(table)
        assert low < slowest < fastest < high
        # 3.3 V and 1.5 % over 0.99 kohm and 76.5 nF.
        assert fastest == pytest.approx(3.3495 / (990 * 76.5e-9) / 1000)
        assert drawing.rise({**table, "R17": table["R17"]._replace(value="680R")})[1] > high

    def test_everything_is_soldered_in_one_pass(self) -> None:
        """What is on the back is bare copper: test pads."""
        assert {ref for ref, place in placement.PLACES.items() if place.back} == {
            ref for ref, part in parts.load().items() if not part.mpn
        }


class TestFiles:
    def test_the_project_file_carries_the_rules(self) -> None:
        assert json.loads(project.OUTPUT.read_text(encoding="utf-8")) == project.content()

    @pytest.mark.skipif(not SYMBOLS.exists(), reason="KiCad's symbols are not installed")
    @pytest.mark.slow
    def test_the_schematic_is_what_the_script_draws(self) -> None:
        drawn = drawing.Drawing(parts.load()).sheet.file()
        assert kicad.SCHEMATIC.read_text(encoding="utf-8") == drawn

    def test_the_layout_keeps_to_a_usual_houses_rules(self) -> None:
        """Seen without KiCad: every track is wide enough, every hole large enough, every via has its ring."""
        tree = electrical.board()
        assert (project.TRACK, project.GAP, project.DRILL) == (0.15, 0.15, 0.3)
        assert min(numbers(child(item, "width"))[0] for item in children(tree, "segment")) >= project.TRACK
        for via in children(tree, "via"):
            size, drill = numbers(child(via, "size"))[0], numbers(child(via, "drill"))[0]
            assert drill >= project.DRILL
            assert (size - drill) / 2 >= project.RING - 1e-9

    def test_parts_lie_where_the_table_says(self) -> None:
        for ref, item in footprints().items():
            place = placement.PLACES[ref]
            x, y = numbers(child(item, "at"))[:2]
            assert (x - 100, y - 80) == pytest.approx((place.x, place.y))

    def test_what_is_read_can_be_written_back(self) -> None:
        for path in (kicad.SCHEMATIC, kicad.HERE / "totpkey.kicad_sym"):
            tree = parse(path.read_text(encoding="utf-8"))
            assert parse(write(tree)) == tree


class TestAttached:
    """What hardware/fabrication holds was made from the files as they are."""

    def test_it_is_not_stale(self) -> None:
        assert fabrication.SUMS.read_text(encoding="ascii") == fabrication.sums(), (
            "run hardware with pictures"
        )

    def test_every_file_is_there(self) -> None:
        names = {name for files in fabrication.FILES.values() for name in files}
        assert {path.name for path in fabrication.FOLDER.iterdir()} == names | {"SOURCES"}

    def test_the_panel_has_its_holes(self) -> None:
        """Four for tooling; and mouse bites on each of the bridges, of which each board has four."""
        drill = packed("panel-gerbers.zip", "panel-NPTH.drl")
        tools = dict(re.findall(r"^(T\d+)C([\d.]+)$", drill, re.MULTILINE))
        holes = {
            tools[name]: len(re.findall(r"^X", part, re.MULTILINE))
            for name, part in re.findall(r"^(T\d+)\n((?:X.*\n(?:G85.*\n)?)+)", drill, re.MULTILINE)
        }
        # The plug's two pegs on each of five boards are 1.1 mm.
        assert (holes["2.000"], holes["1.100"]) == (4, 10)
        assert holes["0.500"] >= 4 * 5 * 3

    def test_the_parts_lists_are_the_tables(self, tmp_path: Path) -> None:
        order.parts_lists(tmp_path, 5)
        for path in tmp_path.iterdir():
            assert path.read_bytes() == (fabrication.FOLDER / path.name).read_bytes()


def test_without_kicad_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert outputs.main(str(tmp_path)) == 1
    assert "KiCad 9 is missing" in capsys.readouterr().err


Point = tuple[float, float]
FORMS = {"single": "totpkey", "panel": "panel"}


class Files(NamedTuple):
    """One form's files: parts by designator, positions, pads by designator, and the outline's corners."""

    bought: set[str]
    places: dict[str, Point]
    pads: dict[str, list[Point]]
    paste: set[str]
    outline: tuple[Point, Point]


def read(form: str) -> Files:
    layers = {
        name: packed(f"{form}-gerbers.zip", f"{FORMS[form]}-{name}")
        for name in ("Edge_Cuts.gm1", "F_Cu.gtl", "F_Paste.gtp")
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
        named = {ref.partition("_")[0] for ref in read(form).paste}
        assert left_out()
        assert not named & left_out()
        assert named >= {ref for ref, part in parts.load().items() if part.mpn and part.fitted}


def test_the_panel_holds_each_part_once_a_board() -> None:
    single, whole = read("single"), read("panel")
    assert set(whole.places) == {f"{ref}_{n}" for ref in single.places for n in range(panel.BOARDS)}


class TestTable:
    def test_kicad_marks_what_is_not_fitted(self) -> None:
        assert fitting.unfitted(electrical.board()) == left_out()
        assert {ref for ref, symbol in symbols().items() if child(symbol, "dnp")[1] == "yes"} == left_out()

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
        copper = packed("single-gerbers.zip", "totpkey-F_Cu.gtl")
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
    job = json.loads(packed(f"{form}-gerbers.zip", f"{FORMS[form]}-job.gbrjob"))
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
