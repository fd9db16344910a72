"""The command that gives an account an end. Loaded when it comes."""

import struct

from totpkey_protocol.errors import BAD_VALUE, NOT_ALLOWED, OUT_OF_RANGE, WRONG_PASSPHRASE, Refusal
from totpkey_protocol.limits import CODES_MOST, TIME_MOST, ZONE_MOST
from totpkey_protocol.record import END, END_SIZE, MARK, STORED_END_SIZE, UNCOUNTED
from totpkey_protocol.words import ACCESS

from ...crypto.hmac import hmac

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..request import Request, Steps

_DAY = 1440
#: The purpose for which the owner's mark is computed.
_OWNER = b"totpkey owner"


def set_end(request: "Request") -> "Steps":
    """Give an account an end, renew it, or take it away.

    The passphrase is compared after the touch, so that a program cannot try others without one.
    """
    key = request.key
    index = request.account()
    end = request.data("end")
    if end:
        check_end(request, end)
        if has_come(request, end):
            raise Refusal(OUT_OF_RANGE, "end")
    if len(key.vault.account(index).end) > STORED_END_SIZE:
        # It is borrowed: only its lender's file renews it.
        raise Refusal(NOT_ALLOWED, "account")
    yield ACCESS
    account = key.vault.account(index)
    mark = hmac("SHA256", request.data("owner"), _OWNER)[:MARK]
    if account.end and account.end[-MARK:] != mark:
        raise Refusal(WRONG_PASSPHRASE, "owner")
    account.end = end + key.vault.setbacks.to_bytes(4, "little") + mark if end else b""
    key.vault.replace(index, account)
    key.accounts_changed()
    return {}


def check_end(request: "Request", end: bytes) -> None:
    """Raise Refusal for an end that is none. A date and hours need the key's clock."""
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


def has_come(request: "Request", end: bytes) -> bool:
    """Whether the date of an end is in the past."""
    until: int = struct.unpack(END, end)[0]
    return until > 0 and until <= now(request)


def now(request: "Request") -> int:
    """The key's time."""
    return request.key.timekeeper.time(request.key.platform.ticks())
