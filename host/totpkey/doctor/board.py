"""The board's side: its CircuitPython, its drive, its firmware, the clock's wires and the button."""

from __future__ import annotations

from totpkey.doctor import BAD, GOOD, ODD, Finding
from totpkey.replies import Firmware, Health, Hello
from totpkey.volume.circuitpython import LEAST_VERSION, MOST_MAJOR
from totpkey_protocol import slots
from totpkey_protocol.boards import BOARDS, Board
from totpkey_protocol.version import __version__
from totpkey_protocol.words import MISSING

#: CircuitPython writes boot_out.txt at its first start: less room than this is too little, in KB.
_ROOM = 4
#: Nobody holds the button for so long, in s.
_STUCK = 10
_DS3231 = "0x68"
_IMAGE = "`totpkey image --keep-vault` makes a file that puts all but the accounts onto it anew."


def rows(hello: Hello, firmware: Firmware, health: Health) -> list[Finding]:
    """All rows about one board, from what its key tells."""
    board = BOARDS[hello.board]
    return [
        circuitpython(hello),
        drive(health),
        whole(firmware, health),
        current(hello),
        clock_wires(hello, health, board),
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


def clock_wires(hello: Hello, health: Health, board: Board) -> Finding:
    """Whether a clock chip is wired, with the pins that were looked at."""
    pins = f"SCL {board.scl}, SDA {board.sda}"
    if not health.pull_ups:
        remedy = "The wires float: plug the module in, or check its power; DS3231 modules have pull-ups."
        return Finding("clock wires", BAD, f"no pull-ups on {pins}", remedy)
    if hello.clock == MISSING:
        remedy = "Check that SCL and SDA are not swapped and that the module is a DS3231."
        return Finding("clock wires", BAD, f"no clock chip answers at {_DS3231} on {pins}", remedy)
    return Finding("clock wires", GOOD, f"a clock chip answers at {_DS3231} on {pins}")


def button(health: Health, board: Board) -> Finding:
    """Whether the button is let go now and then."""
    if health.held < _STUCK:
        return Finding(
            "button", GOOD, f"the button on {board.button} is let go" if not health.held else "it is held"
        )
    told = f"the button on {board.button} has been down for {health.held} s"
    return Finding("button", BAD, told, "It is stuck, or its wire touches ground.")
