"""An account's record: the bytes that a key stores, and that it seals for backups and for other keys.

It consists of the head, issuer and label in UTF-8, the secret, the tail, and the recipe up to its end.
Numbers are little-endian. `tools/page_definition.py` gives the page the same definition.
"""

import struct

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


def pack(
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
) -> bytes:
    """The record of an account. `kind` is the protocol's `type`."""
    names = issuer.encode(), label.encode()
    head = struct.pack(
        HEAD,
        identifier,
        ALGORITHMS.index(algorithm),
        digits,
        period,
        len(names[0]),
        len(names[1]),
        len(secret),
    )
    tail = struct.pack(TAIL, TYPES.index(kind), counter)
    return head + names[0] + names[1] + secret + tail + recipe.encode()


def unpack(record: bytes) -> "tuple[Any, ...]":
    """The arguments of `pack`, in the same order.

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
        record[secret_at:tail_at],
        ALGORITHMS[algorithm],
        digits,
        period,
        TYPES[kind],
        counter,
        str(record[recipe_at:], "utf-8"),
    )
