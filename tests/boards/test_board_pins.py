"""The table of boards has the same names as CircuitPython's stubs for each board."""

from __future__ import annotations

import re
from pathlib import Path

import board_definitions
import pytest

from totpkey_protocol.boards import BOARDS
from totpkey_protocol.element_pins import ELEMENT_PINS
from totpkey_virtual.chip.images import images
from totpkey_virtual.chip.key import Wiring
from totpkey_volume.circuitpython import board_of
from totpkey_volume.uf2 import flash_content

STUBS = Path(next(iter(board_definitions.__path__)))
#: A pin of a board, with the chip's pin behind it in a comment.
PIN = re.compile(r"^(\w+): microcontroller\.Pin(?:  # (.*))?$", re.MULTILINE)


def pins_of(board_id: str) -> list[str]:
    board = BOARDS[board_id]
    power = [board.power] if board.power else []
    return [
        board.button,
        *board.light,
        board.scl,
        board.sda,
        *power,
        *board.keys,
        *ELEMENT_PINS.get(board_id, ()),
    ]


def stub(board_id: str) -> str:
    return (STUBS / board_id / "__init__.pyi").read_text(encoding="utf-8")


@pytest.mark.parametrize("board_id", BOARDS)
def test_circuitpython_knows_each_pin_of_the_table(board_id: str) -> None:
    text = stub(board_id)
    assert f" - board_id: {board_id}\n" in text
    assert " - port: raspberrypi\n" in text
    assert set(pins_of(board_id)) <= {found[1] for found in PIN.finditer(text)}


@pytest.mark.parametrize("board_id", BOARDS)
def test_the_virtual_boards_are_wired_to_the_same_pins_of_the_chip(board_id: str) -> None:
    behind = {found[1]: found[2] for found in PIN.finditer(stub(board_id))}
    wiring, board = Wiring(board_id), BOARDS[board_id]
    wired = [wiring.button, *wiring.light, wiring.scl, wiring.sda, *wiring.spi]
    names = [board.button, *board.light, board.scl, board.sda, *ELEMENT_PINS.get(board_id, ())]
    assert {name: behind[name] for name in names} == {
        name: f"GPIO{number}" for name, number in zip(names, wired, strict=True)
    }


def test_flash_sizes_are_those_that_circuitpython_knows() -> None:
    assert {board.flash for board in BOARDS.values()} <= {2, 4, 8, 16}


def test_the_images_at_hand_have_the_names_of_their_boards_pins() -> None:
    """In the interpreter's own table of names, which ends each with a zero."""
    if not images():
        pytest.skip("no CircuitPython image at hand")
    for path in images():
        content = bytes(flash_content(path.read_bytes(), 16 << 20))
        for pin in pins_of(board_of(content)):
            assert pin.encode() + b"\0" in content, pin
