"""The commands of the test face, in which a key without accounts shows what is wired to its board.

Frames are those of setup. There is no session, no touch and no state: the face has nothing to protect. Setup
knows none of these commands, since their definition would take its memory.
"""

from .fields import CHOICE, HEX, NUMBER, Command, Field
from .words import KEYPAD, KEYPAD_MAC

#: What `board_show` shows.
COLOURS = ("red", "green", "blue", "white")
#: What `board_type` types, again and again: each digit twice, one of them repeated directly.
DIGITS = "01234567899876543210"
#: The most digits that one command types.
MOST_DIGITS = 1000
#: How many 7-bit addresses an I2C bus has for devices, and how many of a clock's registers are read.
ADDRESSES = 112
REGISTERS = 32

COMMANDS = (
    # What the board showed so far.
    Command("board"),
    # Shows a colour until the next one.
    Command("board_show", takes=(Field("colour", CHOICE, choices=COLOURS),)),
    # Types so many digits after the next press of the button, for which the key waits for PRESS_WAIT.
    Command(
        "board_type",
        takes=(
            Field("count", NUMBER, 1, MOST_DIGITS),
            Field("mode", CHOICE, choices=(KEYPAD, KEYPAD_MAC)),
        ),
    ),
    # Does nothing any more after the reply, until the watchdog restarts the key.
    Command("board_hang"),
    # Restarts the key after the reply: it is in setup again, as any new key.
    Command("board_done"),
)

#: The fields of the reply to `board`. `answers` are the 7-bit addresses that answer on the clock's two wires;
#: `exchanged` those with SCL and SDA exchanged, if none answers. `registers` are the first ones of the clock.
BOARD = (
    Field("answers", HEX, 0, 2 * ADDRESSES),
    Field("exchanged", HEX, 0, 2 * ADDRESSES),
    Field("registers", HEX, 0, 2 * REGISTERS),
    # Whether the clock's wires have pull-ups, whether a secure element answers, whether the button is down.
    Field("pull_ups", NUMBER, 0, 1),
    Field("element", NUMBER, 0, 1),
    Field("down", NUMBER, 0, 1),
    # Bit 0: NumLock, bit 1: CapsLock; -1 if the computer has not reported them.
    Field("locks", NUMBER, -1, 0xFF),
    # Since the face began: seconds, presses of the button, edges too soon after another for a finger, the
    # least time between two edges in ms (0 before the second), and suspends and resets of the bus.
    Field("up", NUMBER, 0, 0xFFFF),
    Field("presses", NUMBER, 0, 0xFFFF),
    Field("bounces", NUMBER, 0, 0xFFFF),
    Field("shortest", NUMBER, 0, 0xFFFF),
    Field("pauses", NUMBER, 0, 0xFFFF),
)


def find(name: str) -> "Command | None":
    """The command of that name."""
    for command in COMMANDS:
        if command.name == name:
            return command
    return None
