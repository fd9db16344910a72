"""One key's part in a clone: a key pair for one time, and the seals that it leads to."""

from totpkey_protocol.errors import BAD_VALUE, NOT_ALLOWED, Refusal

from ..crypto import x25519
from ..crypto.hmac import hmac
from ..crypto.kdf import expand
from ..crypto.siv import BadSeal, open_sealed, seal, wipe
from ..heap import make_room

#: What the key of the seals is expanded for.
_CLONE = b"totpkey clone"


class Clone:
    """One key's part in one clone: its key pair, and what it has in common with the other once they agree."""

    def __init__(self, private: bytearray) -> None:
        self._private = private
        make_room()
        self.public = x25519.multiply(private, x25519.BASE)
        #: The other key's public key, once they agree.
        self.peer = b""
        self.sends = False
        self._sealing = bytearray()

    def agree(self, peer: bytes, sends: bool) -> None:
        """Come to the key of the seals, by which the private key is used up.

        Raises Refusal (bad_value, not_allowed).
        """
        if not self._private:
            raise Refusal(NOT_ALLOWED)
        shared = x25519.multiply(self._private, peer)
        if shared == bytes(x25519.SIZE):
            # A point of low order: section 6.1 asks to see to that.
            raise Refusal(BAD_VALUE, "peer")
        both = self.public + peer if sends else peer + self.public
        self._sealing = expand(hmac("SHA256", both, shared), _CLONE)
        wipe(self._private)
        self._private = bytearray()
        self.peer, self.sends = peer, sends

    def sends_to(self, peer: bytes) -> bool:
        """Whether a hold has allowed to send to that key."""
        return self.sends and self.peer == peer

    def seal(self, record: bytes) -> bytes:
        return bytes(seal(self._sealing, (_CLONE,), record))

    def open(self, sealed: bytes) -> bytes:
        """Raises Refusal (bad_value, not_allowed)."""
        if self.sends or not self.peer:
            raise Refusal(NOT_ALLOWED)
        try:
            return bytes(open_sealed(self._sealing, (_CLONE,), sealed))
        except BadSeal:
            raise Refusal(BAD_VALUE, "sealed") from None

    def forget(self) -> None:
        """Nothing more is sent or received."""
        wipe(self._private)
        wipe(self._sealing)
        self._private, self.peer = bytearray(), b""
