"""The size of a board's flash, by its boot loader: behind the end, a read begins again at the beginning."""

from __future__ import annotations

from totpkey.board_test.bench import Flash, Measured, Row
from totpkey.doctor.case import BAD, GOOD, UNKNOWN
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey_protocol.boards import Board

_FLASH = _("flash")
_MB = 1 << 20
#: So much at the beginning is compared. The boot loader's second stage and CircuitPython lie there.
_HEAD = 4096
#: The sizes of flash chips that boards have, in MB. The RP2040 reaches 16.
_SIZES = (1, 2, 4, 8)
_LARGEST = 16


def size(flash: Flash) -> int:
    """The size in MB; 0 if the flash is empty, so that it looks alike everywhere."""
    head = flash.read(0, _HEAD)
    if not head.strip(b"\xff") or not head.strip(b"\x00"):
        return 0
    for megabytes in _SIZES:
        if flash.read(megabytes * _MB, _HEAD) == head:
            return megabytes
    return _LARGEST


def row(found: int | None, board: Board | None) -> Row:
    """The finding. `found`: what `size` gave, None if no boot loader was seen."""
    if found is None:
        return Row(_FLASH, UNKNOWN, tr("no board in its boot loader was seen"), "flash-not-measured")
    if not found:
        return Row(_FLASH, UNKNOWN, tr("it is empty, so its size cannot be seen"), "flash-empty")
    measured: Measured = {"megabytes": found}
    if board and board.flash != found:
        detail = tr(
            "{found} MB, and {board} has {wanted} MB", found=found, board=board.name, wanted=board.flash
        )
        remedy = tr("Another chip was fitted, or the image is another board's.")
        return Row(_FLASH, BAD, detail, "flash-size", remedy, measured)
    return Row(_FLASH, GOOD, tr("{found} MB", found=found), measured=measured)
