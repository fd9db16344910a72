"""An account's record: the bytes that a key stores, and that it seals for backups and for other keys.

It consists of the head, issuer and label in UTF-8, the secret, the tail, and the recipe up to its end.
Numbers are little-endian. `tools/page_definition.py` gives the page the same definition.
"""

import struct

from .limits import NAME, RECIPE, SECRET
from .words import ALGORITHMS, TYPES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Identifier, the algorithm's place in ALGORITHMS, digits, period in s, and the lengths of issuer, label and
#: secret in bytes.
HEAD = "<IBBHHHB"
HEAD_NAMES = "identifier algorithm digits period issuer label secret"
HEAD_SIZE = 13
#: The type's place in TYPES, and the counter of the next code.
TAIL = "<BI"
TAIL_NAMES = "type counter"
TAIL_SIZE = 5
#: The longest record. A character of a name has up to four bytes.
MOST = HEAD_SIZE + 2 * 4 * NAME + SECRET + TAIL_SIZE + RECIPE


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
) -> int:
    """Write the record of an account into `room` from `at` on. Returns its end.

    `kind` is the protocol's `type`. `room` has space for `MOST` bytes there: a key's heap may have none.
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
    struct.pack_into(TAIL, room, at, TYPES.index(kind), counter)
    at += TAIL_SIZE
    end = at + len(recipe)
    room[at:end] = recipe.encode()
    return end


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
    recipe_at = tail_at + TAIL_SIZE
    if recipe_at > len(record):
        raise ValueError
    kind, counter = struct.unpack(TAIL, record[tail_at:recipe_at])
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
    )
