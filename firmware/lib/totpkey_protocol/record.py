"""An account's record: the bytes that a key stores, and that it seals for backups and for other keys.

It consists of the head, issuer and label in UTF-8, the secret, the tail, the account's end if it has one, who
lent it if it is borrowed, and the recipe, which takes the rest. Numbers are little-endian.
`tools/page_definition.py` gives the page the same definition.
"""

import struct

from .limits import LENDER, NAME, RECIPE, SECRET
from .words import ALGORITHMS, TYPES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Identifier, the algorithm's place in ALGORITHMS, digits, period in s, and the lengths of issuer, label and
#: secret in bytes.
HEAD = "<IBBHHHB"
HEAD_NAMES = "identifier algorithm digits period issuer label secret"
HEAD_SIZE = 13
#: The type's place in TYPES, with the highest bit for an account that has an end, and the next one for an
#: account that is borrowed; and the counter of the next code. Firmware that does not know these bits cannot
#: read such an account, and so types nothing for it.
TAIL = "<BI"
TAIL_NAMES = "type counter"
TAIL_SIZE = 5
_ENDS = 0x80
_BORROWED = 0x40
#: An account's end (docs/concepts/lending.md): the date in Unix time, 0 for none; the codes that are left;
#: the minutes of the day from which and to which it gives codes, equal for all day; their offset from UTC in
#: minutes.
END = "<IHHHh"
END_SIZE = 12
#: Where the number of codes that are left stands in an end, in two bytes; and what stands there if it has no
#: limit.
LEFT = 4
UNCOUNTED = 0xFFFF
#: The end in a record: besides, how often the key's clock had lost its time or was set back when the end was
#: given (4), and what its owner is known by: a salt (8) and a verifier (16).
STORED_END_SIZE = 40
#: Where that salt and that verifier stand in it. A borrowed account has no owner, but there (4) when the file
#: was made that it came from, and zeros.
OWNER = 16
VERIFIER = 24
#: The longest record, and the longest name of a lender behind its length. A character has up to four bytes.
LENDER_MOST = 1 + 4 * LENDER
MOST = HEAD_SIZE + 2 * 4 * NAME + SECRET + TAIL_SIZE + STORED_END_SIZE + LENDER_MOST + RECIPE
#: What a file that lends an account seals: when it was made (4), its end (END), the length of the lender's
#: name (1), that name, and a record with neither end nor recipe.
LENT = "<I12sB"
LENT_SIZE = 17


def pack_into(
    room: bytearray,
    at: int,
    identifier: int,
    issuer: str,
    label: str,
    secret: bytes,
    algorithm: str,
    digits: int,
    period: int,
    kind: str,
    counter: int,
    recipe: str,
    end: bytes = b"",
) -> int:
    """Write the record of an account into `room` from `at` on. Returns the record's end.

    `kind` is the protocol's `type`; `end` is empty or has STORED_END_SIZE bytes, and behind them the name of
    who lent it. `room` has space for `MOST` bytes there: a key's heap may have none.
    """
    names = issuer.encode(), label.encode()
    sizes = len(names[0]), len(names[1]), len(secret)
    struct.pack_into(
        HEAD,
        room,
        at,
        identifier,
        ALGORITHMS.index(algorithm),
        digits,
        period,
        sizes[0],
        sizes[1],
        sizes[2],
    )
    at += HEAD_SIZE
    for part in names + (secret,):
        room[at : at + len(part)] = part
        at += len(part)
    flags, lender = _ENDS if end else 0, end[STORED_END_SIZE:]
    if lender:
        flags |= _BORROWED
        end = end[:STORED_END_SIZE] + bytes((len(lender),)) + lender
    struct.pack_into(TAIL, room, at, TYPES.index(kind) | flags, counter)
    at += TAIL_SIZE
    # A recipe is of ASCII.
    for part in (end, recipe.encode()):
        room[at : at + len(part)] = part
        at += len(part)
    return at


def unpack(record: "bytes | bytearray | memoryview") -> "tuple[Any, ...]":
    """The arguments of `pack_into` after `at`, in the same order.

    Raises ValueError or IndexError if this is not a record of this version.
    """
    if len(record) < HEAD_SIZE:
        raise ValueError
    identifier, algorithm, digits, period, issuer, label, secret = struct.unpack(HEAD, record[:HEAD_SIZE])
    label_at = HEAD_SIZE + issuer
    secret_at = label_at + label
    tail_at = secret_at + secret
    end_at = tail_at + TAIL_SIZE
    if end_at > len(record):
        raise ValueError
    kind, counter = struct.unpack(TAIL, record[tail_at:end_at])
    end, recipe_at = b"", end_at
    if kind & _ENDS:
        end, recipe_at = _end(record, kind, end_at)
        kind &= ~(_ENDS | _BORROWED)
    return (
        identifier,
        str(record[HEAD_SIZE:label_at], "utf-8"),
        str(record[label_at:secret_at], "utf-8"),
        bytes(record[secret_at:tail_at]),
        ALGORITHMS[algorithm],
        digits,
        period,
        TYPES[kind],
        counter,
        str(record[recipe_at:], "utf-8"),
        end,
    )


def _end(record: "bytes | bytearray | memoryview", kind: int, at: int) -> "tuple[bytes, int]":
    """The end of an account with these flags, and where its recipe begins. Raises ValueError, IndexError."""
    to = at + STORED_END_SIZE
    end = bytes(record[at:to])
    if kind & _BORROWED:
        at, to = to + 1, to + 1 + record[to]
        if at == to:
            raise ValueError
        end += bytes(record[at:to])
    if to > len(record):
        raise ValueError
    return end, to
