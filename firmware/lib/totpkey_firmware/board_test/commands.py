"""The handlers of the test face's commands."""

from binascii import hexlify

from totpkey_protocol.board_test import COLOURS, DIGITS

from ..keyboard.keystrokes import strokes
from ..keyboard.lock_state import TOLD
from ..panel.light import Pattern
from ..platform import restart
from ..vault.settings import TypingSettings
from .wires import hang

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from totpkey_protocol.fields import Argument

    from .board import Board

    Arguments = dict[str, Argument]
    Handler = Callable[[Board, Arguments], dict[str, object]]

#: The colours, in the order of their names in the protocol.
_COLOURS = ((60, 0, 0), (0, 60, 0), (0, 0, 60), (40, 40, 40))


def _board(board: "Board", arguments: "Arguments") -> "dict[str, object]":
    """What the board showed so far."""
    wires, watch, locks = board.wires, board.watch, board.typist.locks
    answers = wires.answers()
    return {
        "answers": _hex(answers),
        "exchanged": _hex(b"" if answers else wires.answers_exchanged()),
        "registers": _hex(wires.registers(answers)),
        "pull_ups": int(wires.pull_ups),
        "element": int(wires.element),
        "down": int(watch.down),
        "locks": locks.leds if locks.state == TOLD else -1,
        "up": watch.up(board.platform.ticks()),
        "presses": watch.presses,
        "bounces": watch.bounces,
        "shortest": watch.shortest,
        "pauses": watch.pauses,
    }


def _hex(data: bytes) -> str:
    return hexlify(data).decode()


def _show(board: "Board", arguments: "Arguments") -> "dict[str, object]":
    """Show a colour until the next one."""
    board.shown = Pattern(_COLOURS[COLOURS.index(str(arguments["colour"]))])
    return {}


def _type(board: "Board", arguments: "Arguments") -> "dict[str, object]":
    """Type so many digits after the next press."""
    count = int(arguments["count"])
    text = (DIGITS * (count // len(DIGITS) + 1))[:count]
    settings = TypingSettings(str(arguments["mode"]))
    board.typist.load(strokes(text, settings), settings)
    board.waits = board.platform.ticks()
    return {}


def _hang(board: "Board", arguments: "Arguments") -> "dict[str, object]":
    """Hang after the reply."""
    board.then = hang
    return {}


def _done(board: "Board", arguments: "Arguments") -> "dict[str, object]":
    """Restart after the reply."""
    board.then = restart
    return {}


HANDLERS: "dict[str, Handler]" = {
    "board": _board,
    "board_show": _show,
    "board_type": _type,
    "board_hang": _hang,
    "board_done": _done,
}
