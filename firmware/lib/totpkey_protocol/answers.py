"""The key's replies: the other half of the definition in `commands`.

A reply is a type, whose annotations say how each field is written, or the fields alone. A separate module,
because only the host reads replies: it would take 8 kB of the key's memory, and the key has no dataclasses.
"""

import dataclasses
from dataclasses import dataclass
from typing import Annotated, Any

from . import commands, frames, journal, limits, record, slots
from .fields import ACCOUNTS, CHOICE, HEX, NUMBER, SEALED, TEXT, Command, Field
from .words import BATTERIES, CHIPS, CLOCKS, OVER, REASONS, STATES, TRUSTED

_SLOW = (
    "accept card clone_key clone_send health lend loan_back make_card move remove remove_slot set_passphrase"
    " set_pin time_from_codes update_keep update_try wipe"
)
#: A key reads, rewrites or wipes many pages for these, so its answer may take a minute.
SLOW = tuple(_SLOW.split())


def _number(most: int, least: int = 0) -> Field:
    return Field("", NUMBER, least, most)


def _text(most: int) -> Field:
    return Field("", TEXT, 1, most)


def _choice(choices: "tuple[str, ...]") -> Field:
    return Field("", CHOICE, choices=choices)


#: The key writes 1 or 0.
_YesNo = Annotated[bool, _number(1)]
_Time = Annotated[int, _number(limits.TIME_MOST)]
_Clock = Annotated[str, _choice(CLOCKS)]


@dataclass(frozen=True)
class Hello:
    """A key's identity and state. `key` is its unique id, `accounts` their number (0 if not open)."""

    protocol: Annotated[int, _number(0xFFFF)]
    firmware: Annotated[str, _text(32)]
    circuitpython: Annotated[str, _text(32)]
    board: Annotated[str, _text(64)]
    key: Annotated[str, _text(32)]
    face: Annotated[str, _choice(("setup",))]
    state: Annotated[str, _choice(STATES)]
    clock: _Clock
    accounts: Annotated[int, _number(0xFFFF)]


@dataclass(frozen=True)
class Begun(Hello):
    """What a new session is told, besides: a number that changes when setup starts and when a touch allows a
    request, the tag of the last such request ("" for none), and how that ended: "" for done, or its error.
    """

    start: Annotated[str, Field("", HEX, 16, 16)]
    agreed: Annotated[str, Field("", HEX, 0, frames.TAG)]
    outcome: Annotated[str, Field("", TEXT, 0, 32)]


@dataclass(frozen=True)
class KeyTime:
    """A key's clock: whether it is trusted, Unix seconds (UTC) and milliseconds."""

    clock: _Clock
    time: Annotated[int, commands.time]
    milliseconds: Annotated[int, _number(999)]

    @property
    def trusted(self) -> bool:
        return self.clock == TRUSTED

    @property
    def seconds(self) -> float:
        return self.time + self.milliseconds / 1000


@dataclass(frozen=True)
class Clock:
    """The state of a key's clock. Times are Unix seconds, rates parts per billion, 0 if unknown.

    `off`: its greatest error now, in ms. `rate`: how fast that may grow. `until`: when the budget of
    `limits.BUDGET` s is used up. `again`: when to set it next. `added`: the correction of its chip's drift.
    `first`: its first time, while no person has agreed to any.
    """

    clock: _Clock
    chip: Annotated[str, _choice(("",) + CHIPS)]
    battery: Annotated[str, _choice(BATTERIES)]
    set: _Time
    until: Annotated[int, _number(limits.PROOF_MOST)]
    off: Annotated[int, _number(limits.PROOF_MOST)]
    rate: Annotated[int, _number(0x3FFFFFFF)]
    again: Annotated[int, _number(limits.PROOF_MOST)]
    added: Annotated[int, _number(0x3FFFFFFF, -0x3FFFFFFF)]
    limit: Annotated[int, _number(limits.LIMIT_MOST)]
    floor: _Time
    changes: Annotated[int, _number(limits.CHANGES)]
    # A key with older firmware does not send it.
    first: _Time = 0

    @property
    def drift(self) -> int:
        """The chip's measured drift without the correction."""
        return -self.added


@dataclass(frozen=True)
class ClockChange:
    """A change of a key's time that a person approved: the reason, the old time and the new one.

    `before` is 0 if the clock had lost its time.
    """

    reason: Annotated[str, _choice(REASONS)]
    before: _Time
    after: _Time


@dataclass(frozen=True)
class Uses:
    """How often a code was typed or read, and when last, Unix seconds (0: never)."""

    count: Annotated[int, _number(0x3FFFFFFF)]
    last: _Time


@dataclass(frozen=True)
class Slots:
    """What opens a key. `device`: no lock. `tries`: remaining PIN tries, the next after `wait` s.

    `export`: whether accounts may leave it, encrypted, for backups. `element`: whether a secure element
    answers. `with_element`: whether the PIN is one with it.
    """

    device: _YesNo
    pin: _YesNo
    passphrase: _YesNo
    # 0 without a PIN.
    tries: Annotated[int, _number(limits.TRIES)]
    wait: Annotated[int, _number(0xFFFF)]
    export: _YesNo
    element: _YesNo
    with_element: _YesNo


@dataclass(frozen=True)
class BackupNote:
    """Time of a key's last backup, Unix seconds (0: never), and whether accounts changed since."""

    time: _Time
    changed: _YesNo


@dataclass(frozen=True)
class Locking:
    """When a key locks itself: after `idle` seconds without a touch (0: never), and on a suspend."""

    idle: Annotated[int, _number(0xFFFF)]
    suspend: _YesNo


@dataclass(frozen=True)
class Firmware:
    """The slot that firmware runs from, and whether the next start uses it again, which it does not while the
    firmware is tried. `size`: of a slot, in bytes. `digest`: the SHA-256 of the slot's used part, from its
    seal; empty without one.
    """

    layout: Annotated[int, _number(0xFFFF)]
    slot: Annotated[str, _choice((slots.SLOTS[0][0], slots.SLOTS[1][0], slots.NONE))]
    kept: _YesNo
    size: Annotated[int, _number(slots.SIZE)]
    digest: Annotated[str, Field("", HEX, 0, 64)]


@dataclass(frozen=True)
class Health:
    """A board's condition. `free`: KB on its drive, at most 65535. `intact`: whether the slot in use matches
    its seal. `pull_ups`: those of the clock's wires. `held`: seconds that its button has been down.
    """

    free: Annotated[int, _number(0xFFFF)]
    intact: _YesNo
    pull_ups: _YesNo
    held: Annotated[int, _number(0xFFFF)]


#: A code that only the session's program can read: xor the first bytes of HMAC-SHA-256 over "code" and the
#: request's id (4 bytes, big-endian), under the session's key.
_code = Field("sealed", HEX, 2, 64)
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

#: The reply's "ok", by command. Other commands have no fields there.
ANSWERS: "dict[str, type[Any] | tuple[Field, ...]]" = {
    "hello": Hello,
    "session": Begun,
    "time": KeyTime,
    "set_time": KeyTime,
    "clock": Clock,
    "clock_change": ClockChange,
    "time_from_codes": KeyTime,
    "add": (commands.account, _code),
    "list": (
        Field("accounts", ACCOUNTS),
        # Where the next page starts; equal to `total` after the last page.
        Field("next", NUMBER, 0, 0xFFFF),
        Field("total", NUMBER, 0, 0xFFFF),
        # The place, from 0, of the account that a press types.
        Field("chosen", NUMBER, 0, 0xFFFF),
    ),
    "owner": (
        Field("salt", HEX, 0, 2 * limits.OWNER_SALT),
        Field("challenge", HEX, 2 * limits.CHALLENGE, 2 * limits.CHALLENGE),
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
    "uses": Uses,
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
    "loans": (
        # Loans as `journal.LOAN` packs them, each with the name on its card.
        Field("loans", SEALED, 0, limits.FRAME),
        # Whether an earlier book could not be read, and how many loans there were since: the oldest ones that
        # were over have made room.
        Field("lost", NUMBER, 0, 1),
        Field("count", NUMBER, 0, 0x3FFFFFFF),
        Field("next", NUMBER, 0, limits.FRAME),
        Field("total", NUMBER, 0, limits.FRAME),
    ),
    "slots": Slots,
    "element": (
        Field("certificates", HEX, 2 * limits.CERTIFICATE_BLOCK, 2 * limits.CERTIFICATE_BLOCK),
        # The X25519 key of the element that the PIN needs; empty if it needs none.
        Field("key", HEX, 0, 2 * limits.POINT),
    ),
    "passphrase": commands.argon2,
    "set_pin": _renewed,
    "set_passphrase": _renewed,
    "remove_slot": _renewed,
    "locking": Locking,
    "typing": commands.typing_settings,
    "export": (
        Field("sealed", SEALED, 0, limits.FRAME),
        Field("next", NUMBER, 0, 0xFFFF),
        Field("total", NUMBER, 0, 0xFFFF),
    ),
    "backup": BackupNote,
    "clone_key": (Field("public", HEX, 2 * limits.POINT, 2 * limits.POINT),),
    "clone_send": (Field("sealed", SEALED, 1, limits.FRAME),),
    "clone_receive": (commands.account,),
    "firmware": Firmware,
    "update": (Field("slot", CHOICE, choices=(slots.SLOTS[0][0], slots.SLOTS[1][0])),),
    "update_data": (Field("next", NUMBER, 0, slots.SIZE),),
    "health": Health,
}


def of(command: Command) -> "tuple[Field, ...]":
    """The fields of the reply to `command`."""
    reply = ANSWERS.get(command.name, ())
    return reply if isinstance(reply, tuple) else tuple(map(_field, dataclasses.fields(reply)))


def _field(part: "dataclasses.Field[Any]") -> Field:
    """The field that a part of a reply's type says, under its name and with its default."""
    (field,) = part.type.__metadata__  # type: ignore[union-attr]
    default = None if part.default is dataclasses.MISSING else part.default
    return Field(part.name, field.kind, field.least, field.most, field.choices, default)
