"""Commands about accounts. None of them gives a secret."""

import os

from totpkey_protocol.errors import NOT_FOUND, OUT_OF_RANGE, Refusal
from totpkey_protocol.frames import encode
from totpkey_protocol.limits import FRAME

from ..accounts import Account
from ..otp import time_step
from .clock import require_time

try:
    from ..key import Key
except ImportError:
    pass

#: What a reply to `list` takes beside its entries: braces, names and three numbers.
_PAGE_FRAME = 96


def add(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Store an account, read it back, and prove it by its code for the moment that was named."""
    account = Account(
        _new_identifier(key),
        str(arguments["issuer"]),
        str(arguments["label"]),
        _from_hex(str(arguments["secret"])),
        str(arguments["algorithm"]),
        int(arguments["digits"]),
        int(arguments["period"]),
    )
    index = key.store.add(account)
    stored = key.store.account(index)
    key.accounts_changed()
    return {"account": stored.name, "code": stored.code(time_step(int(arguments["proof"]), stored.period))}


def page(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """As many accounts from `start` on as fit one frame."""
    start = int(arguments["start"])
    if start > len(key.store):
        raise Refusal(OUT_OF_RANGE, "start")
    entries: "list[dict[str, object]]" = []
    room = FRAME - _PAGE_FRAME
    index = start
    while index < len(key.store):
        entry = _entry(key.store.account(index))
        room -= len(encode(entry).encode()) + 1
        if room < 0 and entries:
            break
        entries.append(entry)
        index += 1
    return {"accounts": entries, "next": index, "total": len(key.store)}


def rename(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Give an account another issuer and label."""
    index = _find(key, arguments)
    account = key.store.account(index)
    account.issuer = str(arguments["issuer"])
    account.label = str(arguments["label"])
    key.store.replace(index, account)
    return {}


def remove(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Forget an account for good."""
    index = _find(key, arguments)
    key.store.remove(index)
    key.accounts_changed()
    return {}


def code(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """The account's code now."""
    require_time(key)
    account = key.store.account(_find(key, arguments))
    time = key.timekeeper.time(key.platform.ticks())
    return {"code": account.code(time_step(time, account.period)), "time": time}


def _entry(account: Account) -> "dict[str, object]":
    return {
        "account": account.name,
        "issuer": account.issuer,
        "label": account.label,
        "algorithm": account.algorithm,
        "digits": account.digits,
        "period": account.period,
    }


def _find(key: "Key", arguments: "dict[str, str | int]") -> int:
    index = key.store.index(int(str(arguments["account"]), 16))
    if index < 0:
        raise Refusal(NOT_FOUND, "account")
    return index


def _new_identifier(key: "Key") -> int:
    while True:
        identifier = int.from_bytes(os.urandom(4), "big")
        if key.store.index(identifier) < 0:
            return identifier


def _from_hex(text: str) -> bytes:
    return bytes([int(text[at : at + 2], 16) for at in range(0, len(text), 2)])
