"""The board's side: its CircuitPython, its drive, its firmware, the clock's wires and the button."""

from __future__ import annotations

from totpkey.doctor import BAD, GOOD, ODD, Finding
from totpkey.replies import Clock, Firmware, Health, Hello
from totpkey.volume.circuitpython import LEAST_VERSION, MOST_MAJOR
from totpkey_protocol import slots
from totpkey_protocol.boards import BOARDS, Board
from totpkey_protocol.version import __version__
from totpkey_protocol.words import CHIPS, MISSING

#: CircuitPython writes boot_out.txt at its first start: less room than this is too little, in KB.
_ROOM = 4
#: Nobody holds the button for so long, in s.
_STUCK = 10
_IMAGE = "`totpkey image --keep-vault` makes a file that puts all but the accounts onto it anew."


def rows(hello: Hello, clock: Clock, firmware: Firmware, health: Health) -> list[Finding]:
    """All rows about one board, from what its key tells."""
    board = BOARDS[hello.board]
    return [
        circuitpython(hello),
        drive(health),
        whole(firmware, health),
        current(hello),
        clock_wires(hello, clock, health, board),
        button(health, board),
    ]


def circuitpython(hello: Hello) -> Finding:
    """Whether the firmware can rely on this CircuitPython."""
    told = f"CircuitPython {hello.circuitpython}"
    numbers = tuple(int(part) for part in hello.circuitpython.split("-")[0].split(".")[:2] if part.isdigit())
    if LEAST_VERSION <= numbers < (MOST_MAJOR + 1,):
        return Finding("circuitpython", GOOD, told)
    least = ".".join(map(str, LEAST_VERSION))
    return Finding(
        "circuitpython", BAD, told, f"The firmware needs {least} or a later {MOST_MAJOR}.x. {_IMAGE}"
    )


def drive(health: Health) -> Finding:
    """Whether CircuitPython has room for what it writes itself."""
    told = f"{health.free} KB free on the key's drive"
    if health.free >= _ROOM:
        return Finding("drive", GOOD, told)
    return Finding("drive", BAD, told, f"Something filled the drive. {_IMAGE}")


def whole(firmware: Firmware, health: Health) -> Finding:
    """Whether each file of the firmware is there and right."""
    if firmware.slot == slots.NONE:
        told = "the key was installed by copying files: it cannot check or update them"
        return Finding("files", ODD, told, "docs/install.md shows how to install it from one file.")
    if not health.intact:
        return Finding(
            "files", BAD, "a file of the firmware is missing or damaged", "Run `totpkey update --force`."
        )
    if not firmware.kept:
        told = "new firmware runs on trial, and the next start is the one before"
        return Finding("files", ODD, told, "Run `totpkey update` again.")
    return Finding("files", GOOD, f"all files of the firmware are whole (slot {firmware.slot})")


def current(hello: Hello) -> Finding:
    """Whether key and command are of one version."""
    told = f"firmware {hello.firmware}, command {__version__}"
    if hello.firmware == __version__:
        return Finding("version", GOOD, told)
    return Finding("version", ODD, told, "`totpkey update` brings the key to the command's version.")


def clock_wires(hello: Hello, clock: Clock, health: Health, board: Board) -> Finding:
    """Whether a clock chip is wired, with the pins that were looked at."""
    # Where a board names its pins so, there is no more to say.
    pins = "SCL and SDA" if board.scl == "SCL" else f"SCL {board.scl}, SDA {board.sda}"
    if not health.pull_ups:
        remedy = "The wires float: plug the module in, or check its power; DS3231 modules have pull-ups."
        return Finding("clock wires", BAD, f"no pull-ups on {pins}", remedy)
    if hello.clock == MISSING:
        remedy = f"Check that SCL and SDA are not swapped, and that the module has one of {', '.join(CHIPS)}."
        return Finding("clock wires", BAD, f"no clock chip answers on {pins}", remedy)
    return Finding("clock wires", GOOD, f"its {clock.chip} answers on {pins}")


def button(health: Health, board: Board) -> Finding:
    """Whether the button is let go now and then."""
    if health.held < _STUCK:
        return Finding(
            "button", GOOD, f"{_named(board.button)} is let go" if not health.held else "it is held"
        )
    told = f"{_named(board.button)} has been down for {health.held} s"
    return Finding("button", BAD, told, "It is stuck, or its wire touches ground.")


def _named(pin: str) -> str:
    """The button, and its pin where a builder has chosen that."""
    return "the button" if pin == "BUTTON" else f"the button on {pin}"
