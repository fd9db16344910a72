"""Checks beyond KiCad's rules: pins against the makers' tables, the USB pair, and copper under the cell.

Each check returns a list of faults in words, empty if there are none. Figures come from the board's own file.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot
from typing import NamedTuple

from hardware.board import kicad, netlist
from hardware.board.parts import load
from hardware.board.placement import ORIGIN, PLACES
from hardware.board.sexpr import Node, child, children, moved, numbers, parse, properties

#: Nets by pin, named as in the makers' tables. They are copied from these, not from KiCad's symbols.
#: RP2040: datasheet 5.2.2 and the minimal design of "Hardware design with RP2040", chapter 2.
_RP2040 = {
    **dict.fromkeys((1, 10, 22, 33, 42, 49, 43, 44, 48), "+3V3"),
    **dict.fromkeys((23, 45, 50), "+1V1"),
    **dict.fromkeys((19, 57), "GND"),
    20: "/XIN",
    21: "/XOUT",
    24: "/SWCLK",
    25: "/SWDIO",
    26: "/RUN",
    46: "/USB_DM",
    47: "/USB_DP",
    51: "/QSPI_SD3",
    52: "/QSPI_SCLK",
    53: "/QSPI_SD0",
    54: "/QSPI_SD2",
    55: "/QSPI_SD1",
    56: "/QSPI_SS",
    # GPIO0 to GPIO3 are SPI0's RX, chip select, clock and TX (datasheet 1.4.3).
    2: "/SPI_MISO",
    3: "/SPI_CS",
    4: "/SPI_SCK",
    5: "/SPI_MOSI",
}
MAKERS = {
    # Winbond W25Q64JV, pin description, SOIC 208-mil.
    "U2": {1: "/QSPI_SS", 2: "/QSPI_SD1", 3: "/QSPI_SD2", 4: "GND", 5: "/QSPI_SD0", 6: "/QSPI_SCLK"}
    | {7: "/QSPI_SD3", 8: "+3V3"},
    # Diodes AP2112, pin descriptions, SOT25: 1 VIN, 2 GND, 3 EN, 4 NC, 5 VOUT.
    "U3": {1: "/VIN", 2: "GND", 3: "/VIN", 5: "+3V3"},
    # TI SBVS157, TLV803 in DBZ: 1 GND, 2 RESET, 3 VDD.
    "U4": {1: "GND", 2: "/RUN", 3: "+3V3"},
    # ST USBLC6-2, figure 1: 1 and 6 one line, 3 and 4 the other, 2 GND, 5 VBUS.
    "U5": {1: "/PLUG_DP", 6: "/PLUG_DP", 3: "/PLUG_DM", 4: "/PLUG_DM", 2: "GND", 5: "VBUS"},
    # Micro Crystal RV-3032-C7 application manual 1.3, 2.2: EVI must not float, INT and CLKOUT may.
    "U6": {1: "/VBACKUP", 2: "/SDA", 4: "/EVI", 5: "GND", 6: "/VCLOCK", 7: "/CLKOUT", 8: "/SCL"},
    # Tropic Square ODD_TR01 A.11, table 1 and the typical application: what is not used is tied as there.
    "U7": {
        **dict.fromkeys((1, 11, 22, 24), "+3V3"),
        **dict.fromkeys((2, 3, 9, 10, 12, 23, 30, 31, 33), "GND"),
    }
    | {5: "/SPI_MOSI", 6: "/SPI_MISO", 7: "/SPI_SCK", 8: "/SPI_CS"},
    # USB 2.0, table 6-1: 1 VBUS, 2 D-, 3 D+, 4 GND.
    "J1": {1: "VBUS", 2: "/PLUG_DM", 3: "/PLUG_DP", 4: "GND", 5: "GND"},
    "U1": _RP2040,
}
#: Parts of RP2040's minimal design, and of the clock's typical circuit for a cell that is not rechargeable
#: (its manual, 8.2): the two nets that each joins, and its value.
MINIMAL = {
    "R1": ("/PLUG_DP", "/USB_DP", "27R"),
    "R2": ("/PLUG_DM", "/USB_DM", "27R"),
    "R3": ("/XTAL", "/XOUT", "1k"),
    "C15": ("/XIN", "GND", "15p"),
    "C16": ("/XTAL", "GND", "15p"),
    "C10": ("+3V3", "GND", "1u"),
    "C11": ("+1V1", "GND", "1u"),
    "C12": ("+1V1", "GND", "100n"),
    "C13": ("+1V1", "GND", "100n"),
    "C17": ("/VCLOCK", "GND", "100n"),
    "R17": ("+3V3", "/VCLOCK", "1k"),
    "C21": ("/VBACKUP", "GND", "100n"),
    "R15": ("/VBACKUP", "/VBAT", "1k"),
    "R16": ("/EVI", "GND", "10k"),
}
#: The largest distance between the centres of a chip's pin and the capacitor that it needs, in mm.
NEAR = {
    ("U1", "44"): ("C10", 2.5),
    ("U1", "45"): ("C11", 2.5),
    ("U2", "8"): ("C14", 3.5),
    ("U6", "6"): ("C17", 2.0),
    ("U6", "1"): ("C21", 1.5),
    ("U7", "1"): ("C18", 1.5),
    ("U7", "11"): ("C19", 1.5),
    ("U7", "24"): ("C20", 1.7),
}
#: The nets of each line of the USB pair.
PAIR = {"D+": ("/PLUG_DP", "/USB_DP"), "D-": ("/PLUG_DM", "/USB_DM")}
#: How far a line may run without ground below it, in mm: across one track of the back, askew.
GROUND_GAP = 1.0
#: Full speed tolerates a far larger difference between the two lines; this limit catches mistakes.
PAIR_MISMATCH = 3.0
#: The cell's rim and the retainer press onto this ring, so it may have no copper but contacts.
RING = (5.2, 7.2)


class Track(NamedTuple):
    """A straight piece of copper, with its ends in mm from the board's corner."""

    net: str
    layer: str
    width: float
    start: tuple[float, float]
    end: tuple[float, float]

    @property
    def length(self) -> float:
        return hypot(self.end[0] - self.start[0], self.end[1] - self.start[1])

    def points(self) -> list[tuple[float, float]]:
        """Return points from its start to its end, one for each 0.05 mm."""
        steps = max(2, int(self.length / 0.05))
        parts = [index / steps for index in range(steps + 1)]
        (x, y), (u, v) = self.start, self.end
        return [(x + part * (u - x), y + part * (v - y)) for part in parts]


def board() -> Node:
    return parse(kicad.BOARD.read_text(encoding="utf-8"))


def tracks(tree: Node) -> list[Track]:
    names = {str(item[1]): str(item[2]) for item in children(tree, "net")}
    found = []
    for item in children(tree, "segment"):
        start, end = _place(child(item, "start")), _place(child(item, "end"))
        net = names[str(child(item, "net")[1])]
        found.append(Track(net, str(child(item, "layer")[1]), numbers(child(item, "width"))[0], start, end))
    return found


def vias(tree: Node) -> list[tuple[float, float]]:
    return [_place(child(item, "at")) for item in children(tree, "via")]


def pin_faults(nets: dict[tuple[str, str], str]) -> list[str]:
    """Return each pin that is not on the net in its maker's table."""
    return [
        f"{ref} pin {pin} is on {nets.get((ref, str(pin)))}, not on {net}"
        for ref, table in MAKERS.items()
        for pin, net in table.items()
        if nets.get((ref, str(pin))) != net
    ]


def design_faults(nets: dict[tuple[str, str], str], values: dict[str, str]) -> list[str]:
    """Return each part of `MINIMAL` that joins other nets or has another value."""
    wrong = []
    for ref, (one, other, value) in MINIMAL.items():
        ends = {nets.get((ref, "1")), nets.get((ref, "2"))}
        if ends != {one, other} or values[ref] != value:
            wrong.append(
                f"{ref} ({values[ref]}) joins {sorted(map(str, ends))}, not {one} and {other} by {value}"
            )
    return wrong


def pair(found: list[Track]) -> dict[str, tuple[float, set[str]]]:
    """Return length in mm and layers of each line of the USB pair, from plug to controller."""
    return {
        line: (
            sum(track.length for track in found if track.net in nets),
            {track.layer for track in found if track.net in nets},
        )
        for line, nets in PAIR.items()
    }


def pair_faults(found: list[Track]) -> list[str]:
    lines = pair(found)
    wrong = [f"{line} changes its layer" for line, (_, layers) in lines.items() if layers != {"F.Cu"}]
    mismatch = abs(lines["D+"][0] - lines["D-"][0])
    return wrong + ([f"D+ and D- differ by {mismatch:.1f} mm"] if mismatch > PAIR_MISMATCH else [])


def cell_faults(tree: Node) -> list[str]:
    """Return tracks and vias under the cell's rim and retainer, which only the solder mask would insulate."""
    centre = PLACES["BT1"]
    wrong = [
        f"{track.net} runs under the cell's rim"
        for track in tracks(tree)
        if track.layer == "F.Cu" and _touches_ring(track, (centre.x, centre.y))
    ]
    holes = [hypot(x - centre.x, y - centre.y) for x, y in vias(tree)]
    return wrong + ["a via lies under the cell's rim" for radius in holes if RING[0] < radius < RING[1] + 0.3]


def _touches_ring(track: Track, centre: tuple[float, float]) -> bool:
    away = (hypot(x - centre[0], y - centre[1]) for x, y in track.points())
    return any(RING[0] < radius - track.width / 2 < RING[1] - track.width for radius in away)


def distance_faults(tree: Node) -> list[str]:
    """Return capacitors that are too far from the pin that they serve."""
    places = dict(_pads(tree))
    wrong = []
    for pin, (ref, limit) in NEAR.items():
        (x, y), (u, v) = places[pin], places[ref, "1"]
        if hypot(x - u, y - v) > limit:
            wrong.append(f"{ref} is {hypot(x - u, y - v):.1f} mm from {pin[0]} pin {pin[1]}")
    return wrong


def under_faults(tree: Node) -> list[str]:
    """Return signals on the front under clock and crystal, where only ground is allowed."""
    wrong = []
    for ref, across, down in (("U6", 0.3, 1.6), ("Y1", 0.3, 1.2)):
        place = PLACES[ref]
        for track in tracks(tree):
            if (
                track.layer == "F.Cu"
                and track.net != "GND"
                and _enters(track, place.x, place.y, across, down)
            ):
                wrong.append(f"{track.net} runs under {ref}")
    return wrong


def ground_faults(tree: Node) -> list[str]:
    """Return where the ground on the back is cut between plug and clock, and where the USB pair lacks it."""
    planes = _planes(tree)
    ends = [(4.0, PLACES["J1"].y), (PLACES["U6"].x - 2.5, 7.0)]
    wrong = []
    if not any(all(_inside(end, plane) for end in ends) for plane in planes):
        wrong.append("the ground on the back is cut between plug and clock")
    for line, nets in PAIR.items():
        gap = max(_bare(track, planes) for track in tracks(tree) if track.net in nets)
        if gap > GROUND_GAP:
            wrong.append(f"{line} crosses {gap:.1f} mm without ground below it")
    return wrong


def _planes(tree: Node) -> list[list[tuple[float, float]]]:
    """Return the outlines of the ground's filled areas on the back."""
    return [
        [_place(point) for point in children(child(area, "pts"), "xy")]
        for zone in children(tree, "zone")
        if child(zone, "net_name")[1] == "GND"
        for area in children(zone, "filled_polygon")
        if child(area, "layer")[1] == "B.Cu"
    ]


def _inside(point: tuple[float, float], outline: list[tuple[float, float]]) -> bool:
    """Whether `point` is in the area: a ray from it crosses the outline an odd number of times."""
    (x, y), inside = point, False
    for (a, b), (c, d) in zip(outline, outline[1:] + outline[:1], strict=True):
        if (b > y) != (d > y) and x < a + (y - b) / (d - b) * (c - a):
            inside = not inside
    return inside


def _bare(track: Track, planes: list[list[tuple[float, float]]]) -> float:
    """Return the longest piece of `track`, in mm, with no ground below it."""
    points, longest, run = track.points(), 0, 0
    for point in points:
        run = 0 if any(_inside(point, plane) for plane in planes) else run + 1
        longest = max(longest, run)
    return longest / (len(points) - 1) * track.length


def _enters(track: Track, x: float, y: float, across: float, down: float) -> bool:
    return any(abs(u - x) < across and abs(v - y) < down for u, v in track.points())


def _pads(tree: Node) -> Iterator[tuple[tuple[str, str], tuple[float, float]]]:
    """Return the centre of each pad by reference and number."""
    for footprint in children(tree, "footprint"):
        for pad in children(footprint, "pad"):
            x, y = numbers(child(pad, "at"))[:2]
            yield (properties(footprint)["Reference"], str(pad[1])), placed(footprint, x, y)


def placed(footprint: Node, x: float, y: float) -> tuple[float, float]:
    """Return where a point of a footprint's own frame is on the board."""
    u, v = moved(child(footprint, "at"), x, y)
    return u - ORIGIN[0], v - ORIGIN[1]


def _place(node: Node) -> tuple[float, float]:
    x, y = numbers(node)[:2]
    return x - ORIGIN[0], y - ORIGIN[1]


def faults() -> list[str]:
    """Return the faults that all of these checks find in schematic and board."""
    tree, values = board(), {ref: part.value for ref, part in load().items()}
    wrong = []
    for nets in (netlist.nets(kicad.SCHEMATIC), netlist.board_nets(kicad.BOARD)):
        wrong += pin_faults(nets) + design_faults(nets, values)
    wrong += pair_faults(tracks(tree)) + ground_faults(tree)
    return wrong + cell_faults(tree) + distance_faults(tree) + under_faults(tree)


def summary() -> str:
    """Return the USB pair's figures for the log."""
    lines = pair(tracks(board()))
    return "; ".join(
        f"{line}: {length:.1f} mm on {', '.join(sorted(layers))}" for line, (length, layers) in lines.items()
    )
