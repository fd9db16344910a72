"""What is written about hardware matches the tables, and the dimensions their sources, as installed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.decades import documented
from hardware import dimensions
from hardware.board import order, parts, usb_c
from hardware.board.sexpr import child, children, numbers, parse
from hardware.dimensions import bought
from hardware.kits import assembly, element
from hardware.kits.wiring import IN_CASE_OF, KITS
from totpkey.install import download
from totpkey_protocol.boards import BOARDS
from totpkey_protocol.element_pins import ELEMENT_PINS

HARDWARE = Path(order.__file__).resolve().parents[1]
PAGES = [HARDWARE / "README.md", *sorted((HARDWARE / "kits").glob("*.md")), *HARDWARE.glob("which-kit*.md")]
#: The pages of the kits, in both languages.
KIT_PAGES = [page for page in PAGES if page.parent.name == "kits"]
README = PAGES[0].read_text(encoding="utf-8")
DECISION = (HARDWARE.parent / "docs" / "decisions" / "0084-rv-3032.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https:)([^)#]+)\)|src(?:set)?=\"([^\"]+)\"", text):
        assert (page.parent / "".join(target)).is_file(), target


def kit_of(page: Path) -> str:
    """The kit's name, of its page in any language."""
    return page.name.partition(".")[0]


class TestKits:
    @pytest.mark.parametrize("page", KIT_PAGES, ids=lambda page: page.stem)
    def test_a_page_leads_to_a_key_that_can_be_updated(self, page: Path) -> None:
        text, board = page.read_text(encoding="utf-8"), KITS[kit_of(page)]
        assert f"**{BOARDS[board].name}**" in text
        assert f"circuitpython.org/board/{board}/" in text
        if led := re.search(r"step 2 of the \[\w+\]\(([\w.-]+)#make-it-a-key\)", text):
            text = (page.parent / led[1]).read_text(encoding="utf-8")
        assert "totpkey install --circuitpython" in text
        assert re.findall(r"`totpkey ([a-z]+)", text)[:5] == ["install", "image", "time", "doctor", "add"]

    @pytest.mark.parametrize("page", KIT_PAGES, ids=lambda page: page.stem)
    def test_its_picture_is_what_the_script_draws_of_the_wires(self, page: Path) -> None:
        committed = HARDWARE / "pictures" / f"{kit_of(page)}-built.svg"
        assert committed.read_text(encoding="utf-8") == assembly.picture(kit_of(page))

    @pytest.mark.parametrize("page", KIT_PAGES, ids=lambda page: page.stem)
    def test_each_step_of_the_work_has_its_number_in_the_picture(self, page: Path) -> None:
        work = re.split("## Put it together|## 组装", page.read_text(encoding="utf-8"))[1].partition("\n## ")[
            0
        ]
        steps = set(re.findall(r"^(\d)\. ", work, re.MULTILINE))
        assert set(re.findall(r">(\d)</text>", assembly.picture(kit_of(page)))) >= steps


def test_costs_are_those_of_the_table_of_parts() -> None:
    page = (HARDWARE / "ordering.md").read_text(encoding="utf-8")
    assert order.costs() in page
    together = order.costs().splitlines()[-1].split("|")[3].strip()
    assert f"[${float(together):.0f} each at a hundred](ordering.md#what-it-costs)" in README


def test_what_is_said_of_the_clock_are_percentiles_of_the_documented() -> None:
    found, text = documented(), " ".join(DECISION.split())
    for kind in ("typical", "its sheet"):
        first, second, last = found[f"RV-3032, {kind}"][:3]
        assert f"{first:.0f} s in the first year, {second:.0f} s in the second and {last:.0f} s" in text


def test_the_drawing_of_usb_c_is_what_the_script_draws() -> None:
    assert (HARDWARE / "pictures" / "usb-c.svg").read_text(encoding="utf-8") == usb_c.picture()


class TestBoughtBoards:
    """Figures of Adafruit's board files, read there (Eagle's XML) and typed in a second time."""

    def test_a_lead_joins_each_pin_with_its_own(self) -> None:
        """Adafruit's DS3231: CONN4 (open to the left) has GND at y 10.39, SCL at 7.39; CONN3 the reverse."""
        one, other = bought("ds3231-stemma")["pins"]
        assert one == other[::-1] == ["GND", "VCC", "SDA", "SCL"]
        # The Trinkey's CONN1: SCL at y 1.5, GND at -1.5. The MacroPad's is on its back, so it is mirrored.
        assert bought("trinkey-qt2040")["pins"] == bought("macropad")["pins"] == other

    @pytest.mark.parametrize("page", KIT_PAGES, ids=lambda page: page.stem)
    def test_a_page_names_its_case_and_shows_it(self, page: Path) -> None:
        text, kit = page.read_text(encoding="utf-8"), IN_CASE_OF.get(kit_of(page), kit_of(page))
        for part in ("base", "lid"):
            assert f"`{kit}-{part}.stl`" in text
            assert (HARDWARE / "fabrication" / f"{kit}-{part}.stl").is_file()
        for picture in ("built", "cell", "case") if kit == kit_of(page) else ("built",):
            assert f"(../pictures/{kit_of(page)}-{picture}.svg)" in text

    def test_every_page_says_one_material(self) -> None:
        """PETG goes soft in the oven of the cell's tests."""
        for page in KIT_PAGES:
            text = page.read_text(encoding="utf-8")
            assert ("ABS or ASA" in " ".join(text.split())) != ("ABS 或 ASA" in text), page.name
            assert "PETG" not in text


@pytest.mark.parametrize("page", KIT_PAGES, ids=lambda page: page.stem)
def test_a_kit_names_the_very_circuitpython_that_releases_have(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    # A page may name others that come up in the same way.
    board = re.findall(r"circuitpython\.org/board/(\w+)/", text)[0]
    known = download.KNOWN.get(board)
    version = known.version if known else download.VERSION
    assert f"`{download.published_at(board, version).rpartition('/')[2]}`" in text
    assert re.findall(r"SHA-256[^`]*`([0-9a-f]{64})`", text) == ([known.file] if known else [])


def test_the_secure_element_is_wired_where_the_firmware_looks_for_it() -> None:
    """By the firmware's table, the Pico's data sheet and the mikroBUS standard."""
    ours = {name: pico for _, pico, name, _ in element.WIRES}
    by_click = {element.NAMES[click - 1]: name for click, _, name, _ in element.WIRES}
    clock, out, into, select = ELEMENT_PINS["raspberry_pi_pico"]
    assert [by_click[name] for name in ("SCK", "MOSI", "MISO", "CS")] == [clock, out, into, select]
    # Pico datasheet, section 2.1.
    assert ours == {"GP16": 21, "GP17": 22, "GND": 23, "GP18": 24, "GP19": 25, "3V3": 36}
    page = (HARDWARE / "kits" / "pico.md").read_text(encoding="utf-8")
    for click, pico, *_ in element.WIRES:
        assert re.search(rf"^\| {click} \| .* \| pin {pico} ", page, re.MULTILINE)
    assert (HARDWARE / "pictures" / "pico-element.svg").read_text(encoding="utf-8") == element.picture()


FOOTPRINTS = Path("/usr/share/kicad/footprints")
#: Parts whose bodies KiCad's footprints show on their drawings for assembly: length and width there.
BODIES = {
    "controller": ("U1", "length", "width"),
    "clock": ("U6", "width", "length"),
    "crystal": ("Y1", "length", "width"),
    "flash": ("U2", "width", "length"),
    "element": ("U7", "length", "width"),
    "regulator": ("U3", "width", "length"),
    "button": ("SW1", "legs", "body"),
    "boot": ("SW2", "length", "width"),
    "chip0402": ("C3", "length", "width"),
    "chip0603": ("C1", "length", "width"),
}


def test_the_plugs_own_figures_agree() -> None:
    """A receptacle fixes the shell; its height is what is sunk and what stands up."""
    top, height = dimensions.mm("plug", "tails_below_top"), dimensions.mm("plug", "shell_height")
    assert (dimensions.mm("plug", "shell_width"), height) == (12.0, 4.5)
    assert height - top == pytest.approx(2.40)
    assert height - top - dimensions.mm("plug", "board_thickness") == pytest.approx(0.80)


def fab(ref: str) -> tuple[float, float]:
    """The extent of a footprint's body in x and y, as KiCad's library draws it for assembly."""
    library, name = parts.load()[ref].footprint.split(":")
    path = FOOTPRINTS / f"{library}.pretty" / f"{name}.kicad_mod"
    tree = parse(path.read_text(encoding="utf-8"))
    ends = [
        numbers(child(item, end))
        for kind in ("fp_line", "fp_rect", "fp_poly")
        for item in children(tree, kind)
        if child(item, "layer")[1] == "F.Fab" and kind != "fp_poly"
        for end in ("start", "end")
    ]
    ends += [
        numbers(point)
        for item in children(tree, "fp_poly")
        if child(item, "layer")[1] == "F.Fab"
        for point in children(child(item, "pts"), "xy")
    ]
    xs, ys = zip(*ends, strict=True)
    return max(xs) - min(xs), max(ys) - min(ys)


@pytest.mark.skipif(not FOOTPRINTS.exists(), reason="KiCad's footprints are not installed")
class TestFootprints:
    def test_plug(self) -> None:
        assert fab("J1") == pytest.approx(
            (dimensions.mm("plug", "shell_length"), dimensions.mm("plug", "shell_width"))
        )

    @pytest.mark.parametrize("part", BODIES)
    def test_body(self, part: str) -> None:
        ref, across, down = BODIES[part]
        assert fab(ref) == pytest.approx((dimensions.mm(part, across), dimensions.mm(part, down)), abs=0.02)

    def test_plunger(self) -> None:
        library, name = parts.load()["SW1"].footprint.split(":")
        tree = parse((FOOTPRINTS / f"{library}.pretty" / f"{name}.kicad_mod").read_text(encoding="utf-8"))
        (circle,) = (c for c in children(tree, "fp_circle") if child(c, "layer")[1] == "F.Fab")
        middle, rim = numbers(child(circle, "center")), numbers(child(circle, "end"))
        assert 2 * (rim[0] - middle[0]) == pytest.approx(dimensions.mm("button", "plunger"))

    def test_holder(self) -> None:
        across, _ = fab("BT1")
        assert across == pytest.approx(dimensions.mm("holder", "length"))
