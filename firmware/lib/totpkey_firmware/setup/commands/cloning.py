"""From one key onto another: what passes between them is sealed under a secret that only they have.

Each makes a key pair for this one time (X25519, RFC 7748); the computer carries the public ones to and fro.
See docs/decisions/0021-clone.md. Loaded when the first of these commands comes.
"""

from binascii import a2b_base64, b2a_base64

from totpkey_protocol import commands
from totpkey_protocol.errors import BAD_VALUE, EXPORT_OFF, NOT_ALLOWED, OUT_OF_RANGE, Refusal
from totpkey_protocol.limits import SECRET

from ...accounts import Account, unpack
from ...crypto import x25519
from ..clone import Clone
from ..hex import to_hex
from . import accounts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..request import Request


def clone_key(request: "Request") -> "dict[str, object]":
    """A key pair for one time. The key that is given `peer` is the one that receives."""
    peer = request.data("peer")
    if len(peer) not in (0, x25519.SIZE):
        raise Refusal(OUT_OF_RANGE, "peer")
    grants = request.key.grants
    grants.end_clone()
    grants.clone = clone = Clone(request.key.vault.random(x25519.SIZE))
    if peer:
        clone.agree(peer, False)
    return {"public": to_hex(clone.public)}


def clone_send(request: "Request") -> "dict[str, object]":
    """One account for the key `peer`; the hold that allowed it covers the others."""
    vault, clone, peer = request.key.vault, request.key.grants.clone, request.data("peer")
    index = request.account()
    if not vault.export_allowed:
        raise Refusal(EXPORT_OFF)
    if clone is None:
        raise Refusal(NOT_ALLOWED)
    if not clone.sends_to(peer):
        clone.agree(peer, True)
    sealed = clone.seal(vault.account(index).pack())
    return {"sealed": b2a_base64(sealed).decode().strip()}


def send_wants(request: "Request") -> bool:
    """Whether that is not the key to which a hold has let all accounts go."""
    clone = request.key.grants.clone
    return not (clone and clone.sends_to(request.data("peer")))


def clone_receive(request: "Request") -> "dict[str, object]":
    """Store an account that another key has sealed for this one, as `add` does."""
    account = _received(request)
    _check(account)
    accounts.store(request.key, account, 0)
    return {"account": account.name}


def receive_wants(request: "Request") -> bool:
    """As for `add`. Raises Refusal (not_allowed, bad_value)."""
    return accounts.wants_press(request, _received(request))


def _received(request: "Request") -> Account:
    """The account that was sent; opened once. Raises Refusal (not_allowed, bad_value)."""
    if request.opened is None:
        clone = request.key.grants.clone
        if clone is None:
            raise Refusal(NOT_ALLOWED)
        try:
            request.opened = unpack(clone.open(a2b_base64(request.text("sealed"))))
        except (Refusal, MemoryError):
            raise
        except Exception:  # noqa: BLE001
            # Python and CircuitPython complain of bad base64 and short records each in ways of their own.
            raise Refusal(BAD_VALUE, "sealed") from None
    return request.opened


def _check(account: Account) -> None:
    """Be as strict as with the fields of `add`: a computer may have put itself in the sender's place."""
    entry = accounts.entry(account)
    for field in commands.ENTRY[1:]:
        field.check(entry[field.name])
    if not 1 <= len(account.secret) <= SECRET:
        raise Refusal(OUT_OF_RANGE, "secret")
