"""The commands that give an account an end. Loaded when they come."""

import struct

from totpkey_protocol.errors import BAD_VALUE, NOT_ALLOWED, OUT_OF_RANGE, WRONG_PASSPHRASE, Refusal
from totpkey_protocol.fields import to_hex
from totpkey_protocol.limits import CHALLENGE, CODES_MOST, PROOF, TIME_MOST, ZONE_MOST
from totpkey_protocol.record import END, END_SIZE, OWNER, STORED_END_SIZE, UNCOUNTED, VERIFIER
from totpkey_protocol.words import ACCESS

from ...crypto.hmac import hmac
from ...crypto.siv import equal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...accounts import Account
    from ..request import Request, Steps

_DAY = 1440
#: The lengths of salt, verifier and proof: those of a first end, and those of a later change.
_FIRST = [VERIFIER - OWNER, STORED_END_SIZE - VERIFIER, 0]
_LATER = [0, 0, PROOF]


def owner(request: "Request") -> "dict[str, object]":
    """What the owner of an account's end has to answer: one challenge, for the next `set_end` alone."""
    key = request.key
    salt = _own(request, request.account()).end[OWNER:VERIFIER]
    key.grants.challenge = bytes(key.vault.entropy.take(CHALLENGE))
    return {"salt": to_hex(salt), "challenge": to_hex(key.grants.challenge)}


def set_end(request: "Request") -> "Steps":
    """Give an account an end, renew it, or take it away.

    The proof is compared after the touch, so that a program cannot try others without one.
    """
    key = request.key
    challenge = key.grants.take_challenge()
    index = request.account()
    end = request.data("end")
    if end:
        check_end(request, end)
    renews = bool(_own(request, index).end)
    lengths = [len(request.data(name)) for name in ("salt", "verifier", "proof")]
    if lengths != (_LATER if renews else _FIRST) or (renews and not challenge):
        raise Refusal(BAD_VALUE, "proof")
    yield ACCESS
    account = key.vault.account(index)
    if account.end and not _proves(request, challenge, account):
        raise Refusal(WRONG_PASSPHRASE, "proof")
    known = account.end[OWNER:] or request.data("salt") + request.data("verifier")
    account.end = end + key.vault.settings.setbacks.to_bytes(4, "little") + known if end else b""
    key.vault.replace(index, account)
    key.accounts_changed()
    return {}


def _own(request: "Request", index: int) -> "Account":
    """The account at `index`, which only its lender's file renews if it is borrowed. Raises Refusal."""
    account = request.key.vault.account(index)
    if len(account.end) > STORED_END_SIZE:
        raise Refusal(NOT_ALLOWED, "account")
    return account


def _proves(request: "Request", challenge: bytes, account: "Account") -> bool:
    """Whether the owner of the account's end wants this one, in answer to this challenge."""
    wanted = challenge + account.identifier.to_bytes(4, "big") + request.data("end")
    return equal(request.data("proof"), hmac("SHA256", account.end[VERIFIER:], wanted))


def check_end(request: "Request", end: bytes, come: str = OUT_OF_RANGE, field: str = "end") -> None:
    """Raise Refusal for an end that is none, and with `come` about `field` for one whose date is in the past.

    A date and hours need the key's clock.
    """
    if len(end) != END_SIZE:
        raise Refusal(OUT_OF_RANGE, "end")
    until, left, begins, ends, zone = struct.unpack(END, end)
    timed = until or begins != ends
    if left != UNCOUNTED and not 1 <= left <= CODES_MOST:
        raise Refusal(OUT_OF_RANGE, "end")
    if until > TIME_MOST or max(begins, ends) >= _DAY or abs(zone) > ZONE_MOST:
        raise Refusal(OUT_OF_RANGE, "end")
    if not timed and left == UNCOUNTED:
        raise Refusal(BAD_VALUE, "end")
    if timed:
        request.require_time()
    if 0 < until <= now(request):
        raise Refusal(come, field)


def now(request: "Request") -> int:
    """The key's time."""
    return request.key.timekeeper.time(request.key.platform.ticks())
