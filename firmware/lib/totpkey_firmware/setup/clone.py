"""One key's part in a clone: a key pair that is used once, and the seals under the agreed key."""

from totpkey_protocol.errors import BAD_VALUE, NOT_ALLOWED, Refusal

from ..crypto import x25519
from ..crypto.hmac import hmac
from ..crypto.kdf import expand
from ..crypto.siv import BadSeal, open_sealed, seal, wipe
from ..heap import make_room

#: The purpose for which the sealing key is expanded.
_CLONE = b"totpkey clone"


class Clone:
    """One key's part in one clone: its key pair, and the secret that it shares with the other key."""

    def __init__(self, private: bytearray) -> None:
        self._private = private
        make_room()
        self.public = x25519.multiply(private, x25519.BASE)
        #: The other key's public key, once the two have agreed.
        self.peer = b""
        self.sends = False
        self._sealing = bytearray()

    def agree(self, peer: bytes, sends: bool) -> None:
        """Derive the sealing key, and wipe the private key.

        Raises Refusal (bad_value, not_allowed).
        """
        if not self._private:
            raise Refusal(NOT_ALLOWED)
        shared = x25519.multiply(self._private, peer)
        if shared == bytes(x25519.SIZE):
            # A point of low order. RFC 7748, section 6.1, asks for this check.
            raise Refusal(BAD_VALUE, "peer")
        both = self.public + peer if sends else peer + self.public
        self._sealing = expand(hmac("SHA256", both, shared), _CLONE)
        wipe(self._private)
        self._private = bytearray()
        self.peer, self.sends = peer, sends

    def sends_to(self, peer: bytes) -> bool:
        """Whether a person has agreed to send to that key."""
        return self.sends and self.peer == peer

    def seal(self, record: bytes) -> bytes:
        return bytes(seal(self._sealing, (_CLONE,), record))

    def open(self, sealed: bytes) -> bytes:
        """Open an account that the other key has sealed. Raises Refusal (bad_value, not_allowed)."""
        if self.sends or not self.peer:
            raise Refusal(NOT_ALLOWED)
        try:
            return bytes(open_sealed(self._sealing, (_CLONE,), sealed))
        except BadSeal:
            raise Refusal(BAD_VALUE, "sealed") from None

    def forget(self) -> None:
        """Wipe the keys. Nothing more can be sent or received."""
        wipe(self._private)
        wipe(self._sealing)
        self._private, self.peer = bytearray(), b""
