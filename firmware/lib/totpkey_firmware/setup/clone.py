"""The computations of a clone: a key pair that is used once, and the seals under the agreed key.

`grants.Clone` holds what lasts from one command to the next. This module is unloaded in between.
"""

from totpkey_protocol.errors import BAD_VALUE, NOT_ALLOWED, Refusal

from ..crypto.siv import BadSeal, open_in_place, wipe
from . import exchange
from .grants import Clone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..crypto.sha512 import Watch

#: The purpose for which the sealing key is expanded.
CLONE = b"totpkey clone"


def begin(private: bytearray, feed: "Watch") -> Clone:
    """One key's part in a new clone."""
    return Clone(private, exchange.public_of(private, feed))


def agree(clone: Clone, peer: bytes, sends: bool, feed: "Watch") -> None:
    """Derive the sealing key, and wipe the private key.

    Raises Refusal (bad_value, not_allowed).
    """
    if not clone.private:
        raise Refusal(NOT_ALLOWED)
    both = clone.public + peer if sends else peer + clone.public
    clone.sealing = exchange.sealing_key(clone.private, peer, both, CLONE, "peer", feed)
    wipe(clone.private)
    clone.private = bytearray()
    clone.peer, clone.sends = peer, sends


def open_from(clone: Clone, sealed: memoryview) -> memoryview:
    """Open the record that the other key has sealed, where it is. Raises Refusal (bad_value, not_allowed)."""
    if clone.sends or not clone.peer:
        raise Refusal(NOT_ALLOWED)
    try:
        return open_in_place(clone.sealing, (CLONE,), sealed)
    except BadSeal:
        raise Refusal(BAD_VALUE, "sealed") from None
