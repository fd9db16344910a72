"""The size of a board's flash, by its boot loader: behind the end, a read begins again at the beginning."""

from __future__ import annotations

from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey_board_test.bench import Flash
from totpkey_board_test.journal import Journal
from totpkey_protocol.boards import Board

_FLASH = _("flash")
_MB = 1 << 20
#: So much at the beginning is compared. The boot loader's second stage and CircuitPython lie there.
_HEAD = 4096
#: The sizes of flash chips that boards have, in MB. The RP2040 reaches 16.
_SIZES = (1, 2, 4, 8)
_LARGEST = 16
#: What is found instead of a size: an empty flash looks alike everywhere, an unsteady one alike nowhere.
EMPTY, UNSTEADY = 0, -1
_READS = 8


def size(flash: Flash) -> int:
    """The size in MB, EMPTY or UNSTEADY."""
    head = flash.read(0, _HEAD)
    if any(flash.read(0, _HEAD) != head for _ in range(_READS)):
        return UNSTEADY
    if not head.strip(b"\xff") or not head.strip(b"\x00"):
        return EMPTY
    return next((each for each in _SIZES if flash.read(each * _MB, _HEAD) == head), _LARGEST)


def judge(journal: Journal, found: int | None, board: Board | None) -> None:
    """`found`: what `size` gave, None if no boot loader was seen."""
    if found is None:
        journal.unsure(_FLASH, "flash-not-seen")
    elif found == EMPTY:
        journal.unsure(_FLASH, "flash-empty")
    elif found == UNSTEADY:
        journal.bad(_FLASH, "flash-unsteady")
    elif board and board.flash != found:
        measured = {"megabytes": found}
        journal.bad(_FLASH, "flash-size", measured, found=found, board=board.name, wanted=board.flash)
    else:
        journal.good(_FLASH, tr("{found} MB", found=found), {"megabytes": found})
