"""The router's inner loops, compiled by numba: drawing obstacles onto a grid, and the cheapest way through
it.

A grid has two layers (0 front, 1 back); a cell is `STEP` mm wide. Arrays are indexed [layer, row, column].
"""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
from numba import njit
from numba.typed import List

STEP = 0.1
#: Costs, a straight step being 10. A via costs as much as 2.5 mm of track.
VIA_COST, STEP_COST, SLANT_COST = 250, 10, 14
_MOVES = np.array([(0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)], dtype=np.int64)


@njit(cache=True)
def add_box(
    layer: Any, left: float, top: float, right: float, bottom: float, reach: float, amount: int
) -> None:
    """Add `amount` to every cell nearer than `reach` mm to the box."""
    rows, columns = layer.shape
    for row in range(max(0, int((top - reach) / STEP)), min(rows, int((bottom + reach) / STEP) + 2)):
        for column in range(
            max(0, int((left - reach) / STEP)), min(columns, int((right + reach) / STEP) + 2)
        ):
            x, y = column * STEP, row * STEP
            dx, dy = max(left - x, 0.0, x - right), max(top - y, 0.0, y - bottom)
            if dx * dx + dy * dy < (reach - 1e-6) ** 2:
                layer[row, column] += amount


@njit(cache=True)
def add_line(layer: Any, x1: float, y1: float, x2: float, y2: float, reach: float, amount: int) -> None:
    """Add `amount` to every cell nearer than `reach` mm to the line."""
    rows, columns = layer.shape
    length = (x2 - x1) ** 2 + (y2 - y1) ** 2
    for row in range(
        max(0, int((min(y1, y2) - reach) / STEP)), min(rows, int((max(y1, y2) + reach) / STEP) + 2)
    ):
        for column in range(
            max(0, int((min(x1, x2) - reach) / STEP)), min(columns, int((max(x1, x2) + reach) / STEP) + 2)
        ):
            x, y = column * STEP, row * STEP
            part = 0.0 if length == 0 else ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length
            part = min(1.0, max(0.0, part))
            dx, dy = x - x1 - part * (x2 - x1), y - y1 - part * (y2 - y1)
            if dx * dx + dy * dy < (reach - 1e-6) ** 2:
                layer[row, column] += amount


@njit(cache=True)
def cheapest(hard: Any, soft: Any, no_via: Any, via_soft: Any, starts: Any, goal: Any, corner: Any) -> Any:
    """The cheapest way from any start cell to a cell where `goal` is set, as cells (layer, row, column);
    empty if none.

    `hard` cells are closed, `soft` is a further cost. `corner`: the rows and columns that enclose the goal.
    """
    layers, rows, columns = hard.shape
    cost = np.full(layers * rows * columns, np.int64(1) << 60)
    origin = np.full(layers * rows * columns, np.int64(-1))
    queue = List([(np.int64(0), np.int64(0), np.int64(-1))])
    queue.pop()
    for index in range(len(starts)):
        cell = (starts[index, 0] * rows + starts[index, 1]) * columns + starts[index, 2]
        cost[cell] = 0
        heapq.heappush(queue, (_guess(starts[index, 1], starts[index, 2], corner), np.int64(0), cell))
    while len(queue):
        _, spent, cell = heapq.heappop(queue)
        if spent > cost[cell]:
            continue
        layer, rest = cell // (rows * columns), cell % (rows * columns)
        row, column = rest // columns, rest % columns
        if goal[layer, row, column]:
            return _way(origin, cell, rows, columns)
        for move in range(9):
            if move < 8:
                to_layer, to_row, to_column = layer, row + _MOVES[move, 0], column + _MOVES[move, 1]
                price = STEP_COST if move < 4 else SLANT_COST
            else:
                to_layer, to_row, to_column = 1 - layer, row, column
                price = VIA_COST + via_soft[row, column]
                if no_via[row, column]:
                    continue
            if not (0 <= to_row < rows and 0 <= to_column < columns) or hard[to_layer, to_row, to_column]:
                continue
            total = spent + price + soft[to_layer, to_row, to_column]
            neighbour = (to_layer * rows + to_row) * columns + to_column
            if total < cost[neighbour]:
                cost[neighbour] = total
                origin[neighbour] = cell
                heapq.heappush(queue, (total + _guess(to_row, to_column, corner), total, neighbour))
    return np.zeros((0, 3), dtype=np.int64)


@njit(cache=True)
def _guess(row: int, column: int, corner: Any) -> Any:
    """At least this much is still to pay to reach the box `corner` (top, left, bottom, right)."""
    down = max(corner[0] - row, 0, row - corner[2])
    across = max(corner[1] - column, 0, column - corner[3])
    return np.int64(STEP_COST * max(down, across) + (SLANT_COST - STEP_COST) * min(down, across))


@njit(cache=True)
def _way(origin: Any, cell: Any, rows: int, columns: int) -> Any:
    cells = List([cell])
    while origin[cell] >= 0:
        cell = origin[cell]
        cells.append(cell)
    way = np.zeros((len(cells), 3), dtype=np.int64)
    for index in range(len(cells)):
        at = cells[len(cells) - 1 - index]
        way[index] = at // (rows * columns), at % (rows * columns) // columns, at % columns
    return way
