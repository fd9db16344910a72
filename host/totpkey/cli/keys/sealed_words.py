"""What several commands say of a CircuitPython that is not sealed."""

from __future__ import annotations

from totpkey.cli.output import warn
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey_protocol.boards import BOARDS

OPEN = _(
    "CircuitPython is not sealed: in setup any program can open the boot loader, and so read and replace"
    " everything on the key (docs/concepts/sealed-image.md)."
)


def tell_standing(board: str, content: bytes) -> None:
    """Say of a CircuitPython that was given as a file if this release does not know it."""
    from totpkey.install import download

    if download.standing(board, content) is download.Standing.UNKNOWN:
        warn(
            tr(
                "This release does not know that CircuitPython for {board}: nothing shows that it is the one"
                " which circuitpython.org offers.",
                board=BOARDS[board].name,
            )
        )
