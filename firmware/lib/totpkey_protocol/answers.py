"""The fields of the key's replies: the other half of the definition in `commands`.

A separate module, because only the host reads replies. It would take 8 kB of the key's memory.
"""

from . import board_test, commands, journal, limits, record, slots
from .fields import ACCOUNTS, CHOICE, HEX, NUMBER, SEALED, TEXT, Command, Field
from .words import BATTERIES, CHIPS, CLOCKS, DEVICE, OVER, PASSPHRASE, PIN, REASONS, STATES

_milliseconds = Field("milliseconds", NUMBER, 0, 999)
_clock = Field("clock", CHOICE, choices=CLOCKS)
#: A code, sealed to the session.
_code = Field("sealed", SEALED, 1, 64)
# Whether there is a new data key, so that no older copy of the flash opens what is written from now on.
_renewed = (Field("renewed", NUMBER, 0, 1),)

#: One entry of `accounts` in the reply to `list`. A field with a default may be missing.
LISTED = commands.ENTRY + (
    # The account's end, as `record.END` packs it; empty without one. And why the account gives no code.
    Field("end", HEX, 0, 2 * record.END_SIZE, default=""),
    Field("over", CHOICE, choices=OVER, default=""),
    # Who lent it by a file; empty for an account of the key's own.
    Field("lender", TEXT, 0, limits.LENDER, default=""),
)

#: The fields of the reply's "ok", by command. Other commands have none.
ANSWERS: "dict[str, tuple[Field, ...]]" = {
    "hello": (
        Field("protocol", NUMBER, 0, 0xFFFF),
        Field("firmware", TEXT, 1, 32),
        Field("circuitpython", TEXT, 1, 32),
        Field("board", TEXT, 1, 64),
        Field("key", TEXT, 1, 32),
        Field("face", CHOICE, choices=("setup",)),
        Field("state", CHOICE, choices=STATES),
        _clock,
        Field("accounts", NUMBER, 0, 0xFFFF),
    ),
    "time": (_clock, commands.time, _milliseconds),
    "set_time": (_clock, commands.time, _milliseconds),
    "clock": (
        _clock,
        Field("chip", CHOICE, choices=("",) + CHIPS),
        Field("battery", CHOICE, choices=BATTERIES),
        Field("set", NUMBER, 0, limits.TIME_MOST),
        Field("until", NUMBER, 0, limits.PROOF_MOST),
        Field("off", NUMBER, 0, limits.PROOF_MOST),
        Field("rate", NUMBER, 0, 0x3FFFFFFF),
        Field("register", NUMBER, -0x3FFFFFFF, 0x3FFFFFFF),
        Field("added", NUMBER, -0x3FFFFFFF, 0x3FFFFFFF),
        Field("intervals", NUMBER, 0, 0xFF),
        Field("limit", NUMBER, 0, limits.LIMIT_MOST),
        Field("floor", NUMBER, 0, limits.TIME_MOST),
        Field("changes", NUMBER, 0, limits.CHANGES),
        Field("first", NUMBER, 0, limits.TIME_MOST, default=0),
    ),
    "clock_change": (
        Field("reason", CHOICE, choices=REASONS),
        Field("before", NUMBER, 0, limits.TIME_MOST),
        Field("after", NUMBER, 0, limits.TIME_MOST),
    ),
    "time_from_codes": (_clock, commands.time, _milliseconds),
    "add": (commands.account, _code),
    "list": (
        Field("accounts", ACCOUNTS),
        # Where the next page starts; equal to `total` after the last page.
        Field("next", NUMBER, 0, 0xFFFF),
        Field("total", NUMBER, 0, 0xFFFF),
        # The place, from 0, of the account that a press types.
        Field("chosen", NUMBER, 0, 0xFFFF),
    ),
    "card": (
        Field("name", TEXT, 1, limits.LENDER),
        Field("public", HEX, 2 * limits.POINT, 2 * limits.POINT),
    ),
    "make_card": (Field("public", HEX, 2 * limits.POINT, 2 * limits.POINT),),
    "lend": (Field("sealed", SEALED, 1, limits.FRAME),),
    # Whether the account is new on the key; otherwise its end was renewed.
    "accept": (commands.account, Field("added", NUMBER, 0, 1)),
    # The key's time; 0 if it has none, which a code by counter does not need.
    "code": (_code, Field("time", NUMBER, 0, limits.TIME_MOST)),
    "uses": (Field("count", NUMBER, 0, 0x3FFFFFFF), Field("last", NUMBER, 0, limits.TIME_MOST)),
    "journal": (
        # Where the chain of hashes begins, the hash before the oldest entry that is kept, and how many
        # entries were before it.
        Field("journal", HEX, 2 * journal.HASH, 2 * journal.HASH),
        Field("before", HEX, 2 * journal.HASH, 2 * journal.HASH),
        Field("dropped", NUMBER, 0, 0x3FFFFFFF),
        # Entries as `journal.ENTRY` packs them.
        Field("entries", SEALED, 0, limits.FRAME),
        Field("next", NUMBER, 0, journal.KEPT),
        Field("total", NUMBER, 0, journal.KEPT),
    ),
    "slots": (
        Field(DEVICE, NUMBER, 0, 1),
        Field(PIN, NUMBER, 0, 1),
        Field(PASSPHRASE, NUMBER, 0, 1),
        # How many wrong PINs are still allowed; 0 without a PIN.
        Field("tries", NUMBER, 0, limits.TRIES),
        # Seconds until the next PIN is accepted.
        Field("wait", NUMBER, 0, 0xFFFF),
        Field("export", NUMBER, 0, 1),
        # Whether a secure element answers, and whether it checks the PIN.
        Field("element", NUMBER, 0, 1),
        Field("with_element", NUMBER, 0, 1),
    ),
    "element": (
        Field("certificates", HEX, 2 * limits.CERTIFICATE_BLOCK, 2 * limits.CERTIFICATE_BLOCK),
        # The X25519 key of the element that the PIN needs; empty if it needs none.
        Field("key", HEX, 0, 2 * limits.POINT),
    ),
    "passphrase": commands.argon2,
    "set_pin": _renewed,
    "set_passphrase": _renewed,
    "remove_slot": _renewed,
    "locking": (Field("idle", NUMBER, 0, 0xFFFF), Field("suspend", NUMBER, 0, 1)),
    "typing": commands.typing_settings,
    "export": (
        Field("sealed", SEALED, 0, limits.FRAME),
        Field("next", NUMBER, 0, 0xFFFF),
        Field("total", NUMBER, 0, 0xFFFF),
    ),
    "backup": (Field("time", NUMBER, 0, limits.TIME_MOST), Field("changed", NUMBER, 0, 1)),
    "clone_key": (Field("public", HEX, 2 * limits.POINT, 2 * limits.POINT),),
    "clone_send": (Field("sealed", SEALED, 1, limits.FRAME),),
    "clone_receive": (commands.account,),
    "firmware": (
        Field("layout", NUMBER, 0, 0xFFFF),
        Field("slot", CHOICE, choices=(slots.SLOTS[0][0], slots.SLOTS[1][0], slots.NONE)),
        # Whether the next start uses this slot again; 0 while it is tried.
        Field("kept", NUMBER, 0, 1),
        # The size of a slot in bytes.
        Field("size", NUMBER, 0, slots.SIZE),
        # The SHA-256 of the used part of this slot, from its seal; empty without a seal.
        Field("digest", HEX, 0, 64),
    ),
    "update": (Field("slot", CHOICE, choices=(slots.SLOTS[0][0], slots.SLOTS[1][0])),),
    "update_data": (Field("next", NUMBER, 0, slots.SIZE),),
    "health": (
        # KB free on the drive, at most 65535.
        Field("free", NUMBER, 0, 0xFFFF),
        # Whether the slot in use matches its seal.
        Field("intact", NUMBER, 0, 1),
        # Whether the clock's wires have pull-ups.
        Field("pull_ups", NUMBER, 0, 1),
        # For how many seconds the button has been down.
        Field("held", NUMBER, 0, 0xFFFF),
    ),
    "board": board_test.BOARD,
}


def of(command: Command) -> "tuple[Field, ...]":
    """The fields of the reply to `command`."""
    return ANSWERS.get(command.name, ())
