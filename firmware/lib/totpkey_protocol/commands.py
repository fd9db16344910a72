"""The commands: their fields, their class of consent, and the states of the key in which they run.

Requests are flat JSON objects, {"id": 7, "command": "rename", "account": "1f2e3d4c", ...}; the field
names below stand beside "id" and "command". Replies are {"id": 7, "ok": {...}} or
{"id": 7, "error": "not_found", "field": "account"}. While the key waits for a touch it sends
{"id": 7, "notice": "touch", "gesture": "32", "hold": 0, "seconds": 30}, and then each second
{"id": 7, "notice": "waits", "counted": "3", "presses": 1}.
"""

from . import limits, record, slots
from .fields import (
    ACCOUNT,
    CHOICE,
    HEX,
    NUMBER,
    SEALED,
    SECRET,
    TEXT,
    Command,
    Field,
)
from .words import (
    ACCESS,
    ALGORITHMS,
    BLANK,
    BLOCKED,
    CHANGE,
    EVERYTHING,
    LOCKED,
    MODES,
    OPEN,
    PASSPHRASE,
    PIN,
    TOTP,
    TYPES,
    USE,
)

# What a sample types: each digit twice, one of them repeated directly; or each key of the given table
SAMPLES = ("digits", "letters")
DIGITS_SAMPLE = "01234567899876543210"
#: All characters of Steam Guard's codes.
STEAM_LETTERS = "BCDFGHJKMNPQRTVWXY"

#: The notices of a request: its touch is needed, the key still waits, and the gesture was made.
NOTICE_TOUCH = "touch"
NOTICE_WAITS = "waits"
NOTICE_AGREED = "agreed"

account = Field("account", ACCOUNT, 8, 8)
_issuer = Field("issuer", TEXT, 0, limits.NAME, default="")
_label = Field("label", TEXT, 1, limits.NAME)
time = Field("time", NUMBER, limits.TIME_LEAST, limits.TIME_MOST)
_pin = Field("pin", PIN, limits.PIN_LEAST, limits.PIN_MOST)
#: The host derives a key from the passphrase with Argon2id (RFC 9106); its result, and its parameters.
_derived = Field("derived", SECRET, 2 * limits.DERIVED, 2 * limits.DERIVED)
argon2 = (
    Field("salt", HEX, 2 * limits.SALT, 2 * limits.SALT),
    Field("memory", NUMBER, 8, 0x3FFFFFFF),
    Field("passes", NUMBER, 1, 0xFFFF),
    Field("lanes", NUMBER, 1, 0xFF),
)
_recipe = Field("recipe", TEXT, 0, limits.RECIPE, default="")
#: How the key types. `table` has the usage and modifiers of each character from space to tilde in `layout`.
_mode = Field("mode", CHOICE, choices=MODES)
_pace = Field("pace", NUMBER, 0, limits.PACE_MOST)
_table = Field("table", HEX, 0, 2 * limits.TABLE, default="")
typing_settings = (
    _mode,
    # Milliseconds between two reports, 0 for as fast as the computer polls; and before the first report.
    _pace,
    Field("delay", NUMBER, 0, limits.DELAY_MOST),
    # Seconds for which a code must still be valid after it was typed. Otherwise the key waits for the next.
    Field("margin", NUMBER, 0, limits.MARGIN_MOST),
    Field("layout", TEXT, 0, limits.LAYOUT, default=""),
)

#: Random bytes from the computer, in case the key's own generator fails.
_random = Field("random", HEX, 0, 64, default="")
_name = Field("name", TEXT, 1, limits.LENDER)
lender = Field("lender", TEXT, 1, limits.LENDER)
_start = Field("start", NUMBER, 0, 0xFFFF, default=0)
_first = Field("first", TEXT, limits.STEAM_DIGITS, limits.DIGITS_MOST)
_second = Field("second", TEXT, limits.STEAM_DIGITS, limits.DIGITS_MOST)
_near = Field("near", NUMBER, limits.TIME_LEAST, limits.TIME_MOST)

#: The fields of an account that `list` also shows.
ENTRY = (
    account,
    _issuer,
    _label,
    Field("algorithm", CHOICE, choices=ALGORITHMS, default="SHA1"),
    # Five only for Steam Guard.
    Field("digits", NUMBER, limits.STEAM_DIGITS, limits.DIGITS_MOST, default=6),
    Field("period", NUMBER, limits.PERIOD_LEAST, limits.PERIOD_MOST, default=30),
    Field("type", CHOICE, choices=TYPES, default=TOTP),
    # The counter of the next code, for HOTP.
    Field("counter", NUMBER, 0, limits.COUNTER_MOST, default=0),
    _recipe,
)

# Made once, because each such tuple would take 16 bytes of setup's heap.
_ACCOUNT = (account,)
_STARTS = (_start,)
_OPEN = (OPEN,)
_NEW = (BLANK, OPEN)
_SET_UP = (LOCKED, OPEN, BLOCKED)

COMMANDS = (
    Command("hello"),
    # From now on both sides prove their records under this key. The previous session ends.
    Command("session", takes=(Field("key", SECRET, 2 * limits.SESSION, 2 * limits.SESSION),)),
    Command("time"),
    # `within`: by how many ms the time may be wrong.
    Command(
        "set_time",
        takes=(
            time,
            Field("within", NUMBER, 0, limits.WITHIN_MOST, default=1000),
        ),
        consent=ACCESS,
    ),
    # What the key knows about its clock. Unknown times are 0. `off` is the possible error in ms now, `rate`
    # the possible drift in ppb, `again` when to set it next, `added` the correction of the drift. `first` is
    # the first time of a new key, which needs no touch, until a person has agreed to its time.
    Command("clock"),
    # One change of the time that a person had to agree to; 0 is the oldest in the log. `before` is 0 if the
    # clock had lost its time.
    Command("clock_change", takes=(Field("change", NUMBER, 0, limits.CHANGES - 1),)),
    # Seconds by which the clock may be off before the key refuses to type; 0 for no limit.
    Command("set_limit", takes=(Field("limit", NUMBER, 0, limits.LIMIT_MOST),), consent=CHANGE, states=_OPEN),
    # Two consecutive codes that another authenticator showed for an account. `age`: for how many ms it had
    # shown the second code when this was sent. The key searches for them around `near`.
    Command(
        "time_from_codes",
        takes=(account, _first, _second, _near, Field("age", NUMBER, 0, 600_000)),
        consent=ACCESS,
        states=_OPEN,
    ),
    Command(
        "add",
        takes=ENTRY[1:]
        + (
            Field("secret", SECRET, 2, 2 * limits.SECRET),
            # The moment for which the key computes a code that proves the enrolment.
            Field("proof", NUMBER, 0, limits.PROOF_MOST),
        ),
        consent=CHANGE,
        states=_NEW,
    ),
    # One touch for many accounts: that many calls of `add` may follow. They are written to flash in groups.
    Command(
        "batch",
        takes=(Field("count", NUMBER, 1, limits.BATCH), _random),
        consent=CHANGE,
        states=_NEW,
    ),
    Command("list", takes=_STARTS, states=_NEW),
    Command("rename", takes=(account, _issuer, _label), consent=CHANGE, states=_OPEN),
    Command("move", takes=(account, Field("position", NUMBER, 0, 0xFFFF)), consent=CHANGE, states=_OPEN),
    Command("recipe", takes=(account, _recipe), consent=CHANGE, states=_OPEN),
    # Chooses the account that a press types, like a hold of the button.
    Command("choose", takes=_ACCOUNT, consent=CHANGE, states=_OPEN),
    Command("remove", takes=_ACCOUNT, consent=CHANGE, states=_OPEN),
    # What the owner of an account's end answers: the salt of its first end, empty without one, and a
    # challenge for one `set_end`.
    Command("owner", takes=_ACCOUNT, states=_OPEN),
    # Gives an account an end, renews it, or takes it away (`end` is empty then). `end` is what `record.END`
    # packs. The first end brings a salt, and the verifier that the host derives with it from the owner's
    # passphrase; each later change only the answer to `owner`.
    Command(
        "set_end",
        takes=(
            account,
            Field("end", HEX, 0, 2 * record.END_SIZE),
            Field("salt", HEX, 0, 2 * limits.OWNER_SALT, default=""),
            Field("verifier", SECRET, 0, 2 * limits.VERIFIER, default=""),
            Field("proof", HEX, 0, 2 * limits.PROOF, default=""),
        ),
        consent=ACCESS,
        states=_OPEN,
    ),
    # The key's card for what others lend it (`lending`). There is none before `make_card`.
    Command("card", states=_NEW),
    # A new card replaces the one before: files that were made for that one open no more.
    Command("make_card", takes=(_name, _random), consent=ACCESS, states=_NEW),
    # Seals one account for the key whose card has that public half. `end` is as in `set_end`, and `lender` is
    # what `list` shows there.
    Command(
        "lend",
        takes=(
            account,
            Field("card", HEX, 2 * limits.POINT, 2 * limits.POINT),
            Field("end", HEX, 2 * record.END_SIZE, 2 * record.END_SIZE),
            lender,
            # The name on that card, for the book.
            Field("receiver", TEXT, 1, limits.LENDER),
        ),
        consent=EVERYTHING,
        states=_OPEN,
    ),
    # Opens what another key has sealed for this one: a new account, or a newer end of one that is there.
    Command("accept", takes=(Field("sealed", SEALED, 1, limits.FRAME),), consent=CHANGE, states=_OPEN),
    Command("code", takes=_ACCOUNT, consent=USE, states=_OPEN),
    # How often the account's code was typed or read, and when it was last (0: never).
    Command("uses", takes=_ACCOUNT, states=_OPEN),
    # The last codes that were given, in their order (`journal`).
    Command("journal", takes=_STARTS, states=_OPEN),
    # What was lent, and to whom. And the owner's note that a loan was taken back, with all others of its
    # account to its card.
    Command("loans", takes=_STARTS, states=_OPEN),
    Command("loan_back", takes=(Field("loan", NUMBER, 1, 0x3FFFFFFF),), consent=CHANGE, states=_OPEN),
    # Creates the vault. This decides, for good, whether accounts may ever be exported.
    Command(
        "init",
        takes=(Field("export", NUMBER, 0, 1, default=1), _random),
        consent=ACCESS,
        states=(BLANK,),
    ),
    Command("slots", states=_SET_UP),
    # The certificates of a secure element, in blocks. They alone prove nothing.
    Command(
        "element",
        takes=(Field("block", NUMBER, 0, limits.CERTIFICATE_BLOCKS - 1),),
        states=_SET_UP,
    ),
    Command("passphrase", states=_SET_UP),
    Command("set_pin", takes=(_pin,), consent=ACCESS, states=_OPEN),
    Command("set_passphrase", takes=(_derived,) + argon2, consent=ACCESS, states=_OPEN),
    Command(
        "remove_slot",
        takes=(Field("slot", CHOICE, choices=(PIN, PASSPHRASE)),),
        consent=ACCESS,
        states=_OPEN,
    ),
    Command("unlock_pin", takes=(_pin,), consent=ACCESS, states=(LOCKED,)),
    Command("unlock_passphrase", takes=(_derived,), consent=ACCESS, states=(LOCKED, BLOCKED)),
    Command("lock", states=_OPEN),
    Command("locking", states=_SET_UP),
    Command(
        "set_locking",
        # Seconds without a touch until the key locks itself, 0 for never; whether a suspend locks it.
        takes=(Field("idle", NUMBER, 0, 0xFFFF), Field("suspend", NUMBER, 0, 1)),
        consent=ACCESS,
        states=_OPEN,
    ),
    Command("typing"),
    Command("set_typing", takes=typing_settings + (_table,), consent=CHANGE, states=_OPEN),
    # After the touch the key types a sample with these settings. Nothing is stored. "letters" means all keys
    # of the table, in its order. The table must be one that the firmware knows.
    Command(
        "sample",
        takes=(Field("text", CHOICE, choices=SAMPLES), _mode, _pace, _table),
        consent=CHANGE,
        states=_NEW,
    ),
    # One account per reply, sealed with AES-SIV under a key derived on the host. One touch serves for all. At
    # the end, a request with `start` = `total` tells the key that the backup is stored and was read back.
    Command(
        "export",
        takes=(
            _derived,
            Field("start", NUMBER, 0, 0xFFFF),
        ),
        consent=EVERYTHING,
        states=_OPEN,
    ),
    # When the last backup was made, 0 for never, and whether accounts were added or removed since.
    Command("backup", states=_OPEN),
    # From key to key: each key makes a key pair that is used once (X25519), and accounts pass sealed. The
    # receiver is the key that gets the sender's public key as `peer`.
    Command(
        "clone_key",
        takes=(Field("peer", HEX, 0, 2 * limits.POINT, default=""),),
        states=_NEW,
    ),
    Command(
        "clone_send",
        takes=(Field("peer", HEX, 2 * limits.POINT, 2 * limits.POINT), account),
        consent=EVERYTHING,
        states=_OPEN,
    ),
    Command(
        "clone_receive",
        takes=(Field("sealed", SEALED, 1, limits.FRAME),),
        consent=CHANGE,
        states=_NEW,
    ),
    # An update: new firmware goes into the slot that is not in use, is tried once, and then kept.
    Command("firmware"),
    Command(
        "update",
        takes=(Field("length", NUMBER, 1, slots.SIZE), Field("digest", HEX, 64, 64)),
        consent=EVERYTHING,
        states=_NEW,
    ),
    Command(
        "update_data",
        takes=(Field("at", NUMBER, 0, slots.SIZE), Field("data", HEX, 2, 2 * limits.UPDATE)),
        states=_NEW,
    ),
    Command("update_try", states=_NEW),
    Command("update_keep"),
    Command("health"),
    # Restarts a key without accounts in its test face, whose commands are in `totpkey_test_face`.
    Command("board_test", states=(BLANK,)),
    Command("wipe", consent=EVERYTHING),
    Command("done"),
)

#: Commands that a key answers outside a session.
UNPROVED = ("hello", "session")


def find(name: str) -> "Command | None":
    """The command of that name."""
    for command in COMMANDS:
        if command.name == name:
            return command
    return None
