"""The table of boards, and the page that shows it to people."""

from __future__ import annotations

from pathlib import Path

import pytest

from totpkey_protocol.boards import BOARDS

README = Path(__file__).resolve().parents[2] / "hardware" / "README.md"
PINS = README.read_text(encoding="utf-8").partition("## Pins")[2]


@pytest.mark.parametrize("board_id", BOARDS)
def test_the_hardware_page_shows_each_board(board_id: str) -> None:
    board = BOARDS[board_id]
    model = board.name.partition(" (")[0].split(maxsplit=1)[1]
    (row,) = [line for line in PINS.splitlines() if line.startswith("|") and model in line]
    if board.scl.startswith("GP"):
        assert f"{board.scl}, {board.sda}" in row
    assert (board.button in row) if not board.own_button else ("its own" in row or "encoder" in row)


def test_flash_sizes_are_those_that_circuitpython_knows() -> None:
    assert {board.flash for board in BOARDS.values()} <= {2, 4, 8, 16}
