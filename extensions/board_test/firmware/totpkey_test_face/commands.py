"""The board under test, and the handlers of the test face's commands."""

from binascii import hexlify

from totpkey_firmware.keyboard.keystrokes import strokes
from totpkey_firmware.keyboard.lock_state import TOLD
from totpkey_firmware.keyboard.typist import Typist
from totpkey_firmware.panel import light
from totpkey_firmware.panel.light import Pattern
from totpkey_firmware.platform import Platform, restart
from totpkey_firmware.ticks import passed
from totpkey_firmware.vault.settings import TypingSettings

from .definition import COLOURS, DIGITS, REGISTERS
from .watch import Watch
from .wires import Wires, hang

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from totpkey_protocol.fields import Argument

    Arguments = dict[str, Argument]
    Handler = Callable[["Board", Arguments], dict[str, object]]

#: The colours, in the order of their names in the protocol.
_COLOURS = ((60, 0, 0), (0, 60, 0), (0, 0, 60), (40, 40, 40))


class Board:
    """The board under test: its parts, and what it has been asked for."""

    def __init__(self, platform: Platform) -> None:
        now = platform.ticks()
        self.platform = platform
        self.typist = Typist(platform.keyboard, now)
        self.wires = Wires(platform)
        self.watch = Watch(platform.down_at_start, now)
        #: What the light shows, unless the board waits for a press.
        self.shown: Pattern = light.BLANK
        #: Since when a press begins to type what is loaded; None if none does.
        self.waits: "int | None" = None
        #: What follows the reply.
        self.then: "Callable[[], object] | None" = None

    def edge(self, pressed: bool, at: int) -> None:
        """The button went down or up, `at` ticks."""
        self.watch.edge(pressed, at)
        # A press that began before the request is none for it.
        if pressed and self.waits is not None and not passed(at, self.waits):
            self.waits = None
            self.typist.type(self.platform.ticks())


def _board(board: "Board", arguments: "Arguments") -> "dict[str, object]":
    wires, watch, locks = board.wires, board.watch, board.typist.locks
    answers = wires.answers()
    return {
        "answers": _hex(answers),
        "exchanged": _hex(b"" if answers else wires.answers_exchanged()),
        "registers": _hex(wires.read(0, REGISTERS)),
        "lines": wires.lines,
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


def _second(board: "Board", arguments: "Arguments") -> "dict[str, object]":
    return {"registers": _hex(board.wires.second(int(arguments["register"])))}


def _register(board: "Board", arguments: "Arguments") -> "dict[str, object]":
    return {"value": board.wires.register(int(arguments["register"]), int(arguments["value"]))}


def _store(board: "Board", arguments: "Arguments") -> "dict[str, object]":
    # Imported here, so that what types first has the memory.
    from .store import bad_places

    return {"bad": _hex(bad_places(board.platform.rest))}


def _show(board: "Board", arguments: "Arguments") -> "dict[str, object]":
    board.shown = Pattern(_COLOURS[COLOURS.index(str(arguments["colour"]))])
    return {}


def _type(board: "Board", arguments: "Arguments") -> "dict[str, object]":
    count = int(arguments["count"])
    text = (DIGITS * (count // len(DIGITS) + 1))[:count]
    settings = TypingSettings(str(arguments["mode"]))
    board.typist.load(strokes(text, settings), settings)
    board.waits = board.platform.ticks()
    return {}


def _hang(board: "Board", arguments: "Arguments") -> "dict[str, object]":
    board.then = hang
    return {}


def _done(board: "Board", arguments: "Arguments") -> "dict[str, object]":
    board.then = restart
    return {}


HANDLERS: "dict[str, Handler]" = {
    "board": _board,
    "board_second": _second,
    "board_register": _register,
    "board_store": _store,
    "board_show": _show,
    "board_type": _type,
    "board_hang": _hang,
    "board_done": _done,
}
