"""The commands of the test face, in which a key without accounts shows what is wired to its board.

Frames are those of setup. There is no session, no touch and no state: the face has nothing to protect. Any
other command gets `busy`. The face ends with `board_done`, when the key is unplugged, and after
`limits.SETUP_IDLE` without a request; then the key is in setup again.
"""

from totpkey_protocol.fields import CHOICE, HEX, NUMBER, Command, Field
from totpkey_protocol.storage import PAGES
from totpkey_protocol.words import KEYPAD, KEYPAD_MAC

#: What `board_show` shows. One plain LED is lit for each of them.
COLOURS = ("red", "green", "blue", "white")
#: What `board_type` types, again and again: each digit twice, one of them repeated directly.
DIGITS = "01234567899876543210"
#: The most digits that one command types.
MOST_DIGITS = 1000
#: How many 7-bit addresses an I2C bus has for devices, and how many of a clock's registers are read.
ADDRESSES = 112
REGISTERS = 32
#: What a line of the clock shows: high against the chip's pull-up, and against its pull-down; low when it is
#: pulled low; and whether the other line goes low with it. SCL's are in the lower four bits of `lines`.
PULLED_UP, PULLED_DOWN, GOES_LOW, TAKES_OTHER = 1, 2, 4, 8

_REGISTERS = Field("registers", HEX, 0, 2 * REGISTERS)
_REGISTER = Field("register", NUMBER, 0, 0xFF)
#: What a register holds or shall hold; -1 for nothing.
_VALUE = Field("value", NUMBER, -1, 0xFF)

COMMANDS = (
    # What the board showed so far.
    Command("board"),
    # Waits until that register of the clock changes, for 1.5 s at most, and reads the first ones.
    Command("board_second", takes=(_REGISTER,)),
    # Writes the value, if there is one, into that register of the clock, and says what is in it.
    Command("board_register", takes=(_REGISTER, _VALUE)),
    # Tries whether the flash keeps what is written where accounts will lie: takes some 25 s.
    Command("board_store"),
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

#: The fields of the replies. `answers` are the 7-bit addresses that answer on the clock's two wires;
#: `exchanged` those with SCL and SDA exchanged, if none answers. `registers` are the first ones of the clock;
#: none if it does not answer, or its second has not changed. `bad` are the places that did not keep all.
ANSWERS = {
    "board": (
        Field("answers", HEX, 0, 2 * ADDRESSES),
        Field("exchanged", HEX, 0, 2 * ADDRESSES),
        _REGISTERS,
        # Both lines before the bus began; whether a secure element answers, and whether the button is down.
        Field("lines", NUMBER, 0, 0xFF),
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
    ),
    "board_second": (_REGISTERS,),
    "board_register": (_VALUE,),
    "board_store": (Field("bad", HEX, 0, 2 * PAGES),),
}


def find(name: str) -> "Command | None":
    """The command of that name."""
    for command in COMMANDS:
        if command.name == name:
            return command
    return None
