"""Route the board: `python -m hardware.board.route PLACED.json ROUTED.json` (needs numpy and numba).

Nets are routed one after the other, and may at first run across each other at a price. Those that do are
torn up and
routed again while that price and the memory of each quarrel grow, until none cross (McMurchie and Ebeling,
"PathFinder", 1995). Ground pads get a via to the plane each; the rest of ground is filled copper.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from . import grid
from .rules import CLEARANCE, DRILL, EDGE, GROUND, HOLE_TO_HOLE, VIA, WIDTHS, width_of

STEP = grid.STEP
_ROUNDS = 60
#: Between the middles of two vias, whichever their nets.
_VIA_PITCH = DRILL + HOLE_TO_HOLE + 0.02


class Router:
    """The board while it is being routed."""

    def __init__(self, size: list[float], corner: float, pads: list[dict[str, Any]]) -> None:
        self._pads = pads
        self._shape = (round(size[1] / STEP) + 1, round(size[0] / STEP) + 1)
        self._classes = sorted({*WIDTHS.values(), VIA})
        #: How many obstacles come too near to each cell, for tracks of each width (and for vias).
        self._fixed = {width: self._blank() for width in self._classes}
        self._tracks = {width: self._blank() for width in self._classes}
        #: What the cells where nets crossed cost from then on.
        self._memory = self._blank()
        for pad in pads:
            self._pad(self._fixed, pad, 1)
        self._edges(size, corner)
        self.ways: dict[str, list[Any]] = {}
        self.vias: list[tuple[str, float, float]] = []

    # Obstacles

    def _blank(self) -> Any:
        return np.zeros((2, *self._shape), np.int32)

    def _pad(self, onto: dict[float, Any], pad: dict[str, Any], amount: int) -> None:
        for width, layers in onto.items():
            clearance = CLEARANCE if not pad["hole"] else HOLE_TO_HOLE if width == VIA else 0.25
            for layer in pad["layers"]:
                grid.add_box(layers[layer], *pad["box"], clearance + width / 2, amount)

    def _edges(self, size: list[float], corner: float) -> None:
        y, x = np.indices(self._shape) * STEP
        beyond = np.hypot(x - (size[0] - corner), np.maximum(corner - y, y - (size[1] - corner)))
        in_corner = (x > size[0] - corner) & ((y < corner) | (y > size[1] - corner))
        for width, layers in self._fixed.items():
            rim = int(np.ceil((EDGE + width / 2) / STEP - 1e-6))
            for layer in layers:
                layer[in_corner & (beyond > corner - EDGE - width / 2)] += 1
                layer[:rim] += 1
                layer[-rim:] += 1
                layer[:, :rim] += 1
                layer[:, -rim:] += 1

    def _draw(self, way: Any, width: float, amount: int) -> None:
        for other, layers in self._tracks.items():
            reach = width / 2 + CLEARANCE + other / 2
            for layer, row1, column1, row2, column2 in _segments(way):
                ends = (column1 * STEP, row1 * STEP, column2 * STEP, row2 * STEP)
                grid.add_line(layers[layer], *ends, reach, amount)
            for row, column in _turns(way):
                self._spot(layers, column * STEP, row * STEP, other, amount)

    @staticmethod
    def _spot(layers: Any, x: float, y: float, other: float, amount: int) -> None:
        """A via as an obstacle to tracks (or vias) of the width `other`."""
        reach = _VIA_PITCH if other == VIA else VIA / 2 + CLEARANCE + other / 2
        for layer in layers:
            grid.add_line(layer, x, y, x, y, reach, amount)

    def _hard(self, net: str, width: float) -> Any:
        """Cells where a track (or via) of this width would touch what belongs to others."""
        own = {width: self._blank()}
        for pad in self._pads:
            if pad["net"] == net:
                self._pad(own, pad, 1)
        return (self._fixed[width] - own[width]) > 0

    def _no_via(self, net: str) -> Any:
        """Where no via may be: near what is not of this net, and in any pad."""
        closed = self._hard(net, VIA).any(axis=0)
        inside = np.zeros(self._shape, np.int32)
        for pad in self._pads:
            grid.add_box(inside, *pad["box"], VIA / 2 + 0.05, 1)
        return closed | (inside > 0)

    def _cells(self, pad: dict[str, Any]) -> Any:
        """The grid cells well inside a pad."""
        left, top, right, bottom = pad["box"]
        inset = 0.07 + (0.15 * (right - left) if pad["round"] else 0.0)
        columns = np.arange(np.ceil((left + inset) / STEP), np.floor((right - inset) / STEP) + 1)
        rows = np.arange(np.ceil((top + inset) / STEP), np.floor((bottom - inset) / STEP) + 1)
        cells = [(layer, row, column) for layer in pad["layers"] for row in rows for column in columns]
        if not cells:
            raise ValueError(f"no grid point lies in pad {pad['name']}")
        return np.array(cells, dtype=np.int64)

    # Ground

    def ground(self, given: list[list[float]]) -> None:
        """The vias at `given` places, and one beside each ground pad, before anything else takes the room."""
        for x, y in given:
            self.vias.append((GROUND, x, y))
            for other, layers in self._fixed.items():
                self._spot(layers, x, y, other, 1)
        width = WIDTHS["ground"]
        hard = self._hard(GROUND, width)
        for pad in sorted((p for p in self._pads if p["net"] == GROUND), key=_area):
            if pad["hole"] or _area(pad) > 9 or pad["layers"] == [1]:
                continue
            goal = np.zeros((2, *self._shape), np.bool_)
            goal[0] = ~(self._no_via(GROUND) | (self._tracks[VIA].max(axis=0) > 0))
            soft = np.zeros((2, *self._shape), np.int64)
            blocked = hard | (self._tracks[width] > 0)
            starts = self._cells(pad)
            never = np.ones(self._shape, np.bool_)
            everywhere = np.array([0, 0, *self._shape], np.int64)
            way = grid.cheapest(blocked, soft, never, soft[0], starts, goal, everywhere)
            if len(way):
                self._fix_ground(way, width)

    def _fix_ground(self, way: Any, width: float) -> None:
        _, row, column = way[-1]
        self.ways.setdefault(GROUND, []).append(way)
        self.vias.append((GROUND, column * STEP, row * STEP))
        for other, layers in self._fixed.items():
            for layer, row1, column1, row2, column2 in _segments(way):
                ends = (column1 * STEP, row1 * STEP, column2 * STEP, row2 * STEP)
                grid.add_line(layers[layer], *ends, width / 2 + CLEARANCE + other / 2, 1)
            self._spot(layers, column * STEP, row * STEP, other, 1)

    # Nets

    def run(self, order: list[str]) -> None:
        """Route the nets of `order`. Raises ValueError if some still cross after all rounds."""
        hard = {net: self._hard(net, width_of(net)) for net in order}
        no_via = {net: self._no_via(net) for net in order}
        waiting, price = list(order), 30
        for turn in range(_ROUNDS):
            for net in waiting:
                self._tear(net)
                self.ways[net] = self._net(net, hard[net], no_via[net], price)
                for way in self.ways[net]:
                    self._draw(way, width_of(net), 1)
            waiting = [net for net in order if self._crosses(net)]
            print(f"round {turn + 1}: {len(waiting)} nets cross: {' '.join(waiting)}", flush=True)
            if not waiting:
                return
            price = min(price * 3 // 2, 4000)
        raise ValueError("some nets cross: " + " ".join(waiting))

    def _tear(self, net: str) -> None:
        for way in self.ways.pop(net, []):
            self._draw(way, width_of(net), -1)

    def _net(self, net: str, hard: Any, no_via: Any, price: int) -> list[Any]:
        pads = [pad for pad in self._pads if pad["net"] == net]
        soft = np.where(self._tracks[width_of(net)] > 0, price, 0).astype(np.int64) + self._memory
        via_soft = np.where(self._tracks[VIA].max(axis=0) > 0, price * 4, 0).astype(np.int64)
        reached, left, ways = self._cells(pads[0]), pads[1:], []
        while left:
            goal = np.zeros((2, *self._shape), np.bool_)
            cells = np.concatenate([self._cells(pad) for pad in left])
            goal[tuple(cells.T)] = True
            corner = np.array([*cells[:, 1:].min(axis=0), *cells[:, 1:].max(axis=0)], np.int64)
            way = grid.cheapest(hard, soft, no_via, via_soft, reached, goal, corner)
            if not len(way):
                raise ValueError(f"no way at all for {net} to {[pad['name'] for pad in left]}")
            ways.append(way)
            met = next(pad for pad in left if (self._cells(pad) == way[-1]).all(axis=1).any())
            left.remove(met)
            reached = np.concatenate([reached, way, self._cells(met)])
        return ways

    def stitch(self, pitch: float) -> None:
        """Join the ground planes by vias about `pitch` mm apart, wherever there is room."""
        closed = self._no_via(GROUND)
        for row in range(self._shape[0]):
            for column in range(self._shape[1]):
                x, y = column * STEP, row * STEP
                if closed[row, column] or self._tracks[VIA][:, row, column].any():
                    continue
                if all((x - u) ** 2 + (y - v) ** 2 >= pitch**2 for net, u, v in self.vias if net == GROUND):
                    self.vias.append((GROUND, x, y))

    def _crosses(self, net: str) -> bool:
        """Whether a net runs too near another's tracks; where it does is remembered."""
        width, ways = width_of(net), self.ways[net]
        for way in ways:
            self._draw(way, width, -1)
        found = False
        for way in ways:
            cells = tuple(way.T)
            quarrel = self._tracks[width][cells] > 0
            for row, column in _turns(way):
                quarrel |= (
                    (way[:, 1] == row) & (way[:, 2] == column) & (self._tracks[VIA][:, row, column].max() > 0)
                )
            np.add.at(self._memory, tuple(way[quarrel].T), 15)
            found = found or bool(quarrel.any())
        for way in ways:
            self._draw(way, width, 1)
        return found

    def result(self) -> dict[str, Any]:
        """Tracks and vias in mm on the board."""
        tracks = []
        for net, ways in self.ways.items():
            width = WIDTHS["ground"] if net == GROUND else width_of(net)
            for way in ways:
                for layer, row1, column1, row2, column2 in _segments(way):
                    ends = [round(value * STEP, 3) for value in (column1, row1, column2, row2)]
                    tracks.append({"net": net, "layer": int(layer), "width": width, "ends": ends})
                for row, column in _turns(way):
                    self.vias.append((net, column * STEP, row * STEP))
        vias = sorted({(net, round(float(x), 3), round(float(y), 3)) for net, x, y in self.vias})
        return {"tracks": tracks, "vias": vias}


def _segments(way: Any) -> list[tuple[int, int, int, int, int]]:
    """The straight pieces of a way: layer, row, column, row, column."""
    pieces, start = [], 0
    for index in range(1, len(way)):
        last = index == len(way) - 1
        if way[index][0] != way[index - 1][0]:
            if index - 1 > start:
                pieces.append((*way[start], *way[index - 1][1:]))
            start = index
        elif last or (way[index + 1] - way[index] != way[index] - way[index - 1]).any():
            pieces.append((*way[start], *way[index][1:]))
            start = index
    return [(int(n), int(a), int(b), int(c), int(d)) for n, a, b, c, d in pieces]


def _turns(way: Any) -> list[tuple[int, int]]:
    """Where a way goes from one layer to the other."""
    return [(int(b[1]), int(b[2])) for a, b in pairwise(way) if a[0] != b[0]]


def _area(pad: dict[str, Any]) -> float:
    left, top, right, bottom = pad["box"]
    return float((right - left) * (bottom - top))


def main(source: str, target: str) -> None:
    data = json.loads(Path(source).read_text(encoding="utf-8"))
    router = Router(data["size"], data["corner"], data["pads"])
    router.ground(data["ground vias"])
    nets: dict[str, list[dict[str, Any]]] = {}
    for pad in data["pads"]:
        nets.setdefault(pad["net"], []).append(pad)
    several = [net for net, pads in nets.items() if net and net != GROUND and len(pads) > 1]
    router.run(sorted(several, key=lambda net: _span(nets[net])))
    router.stitch(3.0)
    Path(target).write_text(json.dumps(router.result()), encoding="utf-8")


def _span(pads: list[dict[str, Any]]) -> float:
    boxes = np.array([pad["box"] for pad in pads])
    return float(np.ptp(boxes[:, 0]) + np.ptp(boxes[:, 1]))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
