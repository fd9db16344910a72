"""Commands that copy accounts from one key to another, sealed under a secret that only the two keys have.

Each key makes a key pair that is used once (X25519, RFC 7748). The computer passes the public keys on. See
docs/decisions/secrets.md. Loaded with the first of these commands.
"""

from totpkey_protocol.errors import BAD_VALUE, EXPORT_OFF, NOT_ALLOWED, OUT_OF_RANGE, Refusal
from totpkey_protocol.fields import to_hex
from totpkey_protocol.words import CHANGE, EVERYTHING

from ...accounts import Account, unpack
from ...crypto import x25519
from ...crypto.siv import equal, wipe
from .. import clone as cloning
from .. import foreign
from . import accounts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..request import Request, Steps


def clone_key(request: "Request") -> "dict[str, object]":
    """Make a key pair that is used once. The key that gets `peer` is the receiver."""
    peer = request.data("peer")
    if len(peer) not in (0, x25519.SIZE):
        raise Refusal(OUT_OF_RANGE, "peer")
    grants, feed = request.key.grants, request.key.platform.feed
    grants.end_clone()
    grants.clone = clone = cloning.begin(request.key.vault.entropy.take(x25519.SIZE), feed)
    if peer:
        cloning.agree(clone, peer, False, feed)
    return {"public": to_hex(clone.public)}


def clone_send(request: "Request") -> "Steps":
    """Send one account to the key `peer`. The touch for the first account covers the others."""
    vault, clone, peer = request.key.vault, request.key.grants.clone, request.data("peer")
    index = request.account()
    if not vault.locks.export_allowed:
        raise Refusal(EXPORT_OFF)
    if vault.account(index).end:
        # On another key it would have no end.
        raise Refusal(NOT_ALLOWED, "account")
    if clone is None:
        raise Refusal(NOT_ALLOWED)
    if not (clone.sends and equal(clone.peer, peer)):
        yield EVERYTHING
        if clone is not request.key.grants.clone:
            raise Refusal(NOT_ALLOWED)
        cloning.agree(clone, peer, True, request.key.platform.feed)
    return {"sealed": request.key.vault.sealed(index, clone.sealing, cloning.CLONE)}


def clone_receive(request: "Request") -> "Steps":
    """Store an account that another key has sealed for this key, as `add` does."""
    account = _received(request)
    foreign.check(account)
    if accounts.wants_touch(request.key, account):
        yield CHANGE
    accounts.store(request.key, account, 0)
    return {"account": account.name}


def _received(request: "Request") -> Account:
    """The account in the request. Raises Refusal (not_allowed, bad_value)."""
    clone = request.key.grants.clone
    if clone is None:
        raise Refusal(NOT_ALLOWED)
    room = request.key.vault.rooms.record
    try:
        return unpack(cloning.open_from(clone, request.decoded("sealed", room)))
    except (ValueError, IndexError):
        raise Refusal(BAD_VALUE, "sealed") from None
    finally:
        wipe(room)
