"""From one key onto another: what passes between them is sealed under a secret that only they have.

Each makes a key pair for this one time (X25519, RFC 7748); the computer carries the public ones to and fro.
See docs/decisions/0021-clone.md. Loaded when the first of these commands comes.
"""

from binascii import a2b_base64, b2a_base64

from totpkey_protocol import commands
from totpkey_protocol.errors import BAD_VALUE, EXPORT_OFF, NOT_ALLOWED, OUT_OF_RANGE, Refusal
from totpkey_protocol.limits import SECRET
from totpkey_protocol.words import USER_PART

from ...accounts import Account, unpack
from ...crypto import x25519
from ...crypto.kdf import expand
from ...crypto.siv import BadSeal, open_sealed, seal, wipe
from ...otp import hmac
from . import accounts
from .hex import from_hex, to_hex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..setup_key import SetupKey as Key

#: What the key of the seals is expanded for.
_CLONE = b"totpkey clone"


class Clone:
    """One key's part in one clone: its key pair, and what it has in common with the other once they agree."""

    def __init__(self, private: bytearray) -> None:
        self._private = private
        self.public = x25519.multiply(private, x25519.BASE)
        #: The other key's public key, once they agree.
        self.peer = b""
        self.sends = False
        #: Whether a press has let accounts in that type their label.
        self.texts = False
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

    def sends_to(self, arguments: "dict[str, str | int]") -> bool:
        """Whether a hold has allowed to send to that key."""
        return self.sends and self.peer == from_hex(str(arguments["peer"]))

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


def clone_key(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """A key pair for one time. The key that is given `peer` is the one that receives."""
    peer = from_hex(str(arguments["peer"]))
    if len(peer) not in (0, x25519.SIZE):
        raise Refusal(OUT_OF_RANGE, "peer")
    if key.clone:
        key.clone.forget()
    key.clone = Clone(key.vault.random(x25519.SIZE))
    if peer:
        key.clone.agree(peer, False)
    return {"public": to_hex(key.clone.public)}


def clone_send(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """One account for the key `peer`; the hold that allowed it covers the others."""
    index = key.find(arguments)
    if not key.vault.export_allowed:
        raise Refusal(EXPORT_OFF)
    if key.clone is None:
        raise Refusal(NOT_ALLOWED)
    if not key.clone.sends_to(arguments):
        key.clone.agree(from_hex(str(arguments["peer"])), True)
    sealed = key.clone.seal(key.vault.account(index).pack())
    return {"sealed": b2a_base64(sealed).decode().strip()}


def clone_receive(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Store an account that another key has sealed for this one, as `add` does."""
    account = _received(key, arguments)
    if key.clone and USER_PART in account.recipe:
        key.clone.texts = True
    return {"account": accounts.add(key, _as_if_asked(account), asked)["account"]}


def brings_text(key: "Key", arguments: "dict[str, str | int]") -> bool:
    """Whether this account types its label, and no press has let such ones in. Raises Refusal."""
    return not (key.clone and key.clone.texts) and USER_PART in _received(key, arguments).recipe


def _received(key: "Key", arguments: "dict[str, str | int]") -> Account:
    if key.clone is None:
        raise Refusal(NOT_ALLOWED)
    try:
        return unpack(key.clone.open(a2b_base64(str(arguments["sealed"]))))
    except (Refusal, MemoryError):
        raise
    except Exception:  # noqa: BLE001
        # Python and CircuitPython complain of bad base64 and short records each in ways of their own.
        raise Refusal(BAD_VALUE, "sealed") from None


def _as_if_asked(account: Account) -> "dict[str, str | int]":
    """What `add` is asked for, as strictly checked: a computer may have put itself in the sender's place."""
    arguments = accounts.entry(account)
    for field in commands.ENTRY[1:]:
        field.check(arguments[field.name])
    if not 1 <= len(account.secret) <= SECRET:
        raise Refusal(OUT_OF_RANGE, "secret")
    arguments["secret"] = to_hex(account.secret)
    arguments["proof"] = 0
    return arguments
