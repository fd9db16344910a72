"""Commands about accounts. None of them gives a secret."""

import os
from binascii import b2a_base64

from totpkey_protocol.commands import STEAM_LETTERS
from totpkey_protocol.errors import CANNOT_TYPE, OUT_OF_RANGE, STORAGE, Refusal
from totpkey_protocol.frames import Length
from totpkey_protocol.limits import FRAME, TYPED
from totpkey_protocol.words import BLANK, STEAM, TRUSTED, UNREADABLE, USER_PART

from ...accounts import Account
from ...keyboard.keystrokes import written
from .clock import require_time
from .hex import from_hex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..setup_key import SetupKey as Key

#: What a reply to `list` takes beside its entries: braces, names and three numbers.
_PAGE_FRAME = 96


def add(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Store an account, read it back, and prove it by its code for the moment that was named.

    A blank key is made ready first: the first account needs no other set-up.
    """
    account = Account(
        0,
        str(arguments["issuer"]),
        str(arguments["label"]),
        from_hex(str(arguments["secret"])),
        str(arguments["algorithm"]),
        int(arguments["digits"]),
        int(arguments["period"]),
        str(arguments["type"]),
        int(arguments["counter"]),
        str(arguments["recipe"]),
    )
    account.check()
    code = account.code(account.step(int(arguments["proof"])))
    _require_typable(key, account, code)
    if key.state == BLANK:
        key.vault.create(True)
    account.identifier = _new_identifier(key)
    stored = key.vault.account(key.vault.add(account))
    if stored.pack() != account.pack():
        # What was read back is what the code was computed from: SHA-512 takes too long to do it twice.
        raise Refusal(STORAGE)
    if len(key.vault) == 1:
        # Another one comes last, and changes nothing about the one that is typed.
        key.accounts_changed()
    if key.batch:
        key.batch -= 1
        if not key.batch:
            key.vault.settle()
    return {"account": stored.name, "code": code}


def batch(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Let that many accounts in by the press that was just given. They come to flash in groups."""
    if key.state == BLANK:
        key.vault.create(True)
    key.vault.gather()
    key.batch = int(arguments["count"])
    return {}


def end_batch(key: "Key") -> None:
    """Write what a batch has gathered; from now on each account is written at once."""
    if key.batch:
        key.batch = 0
        key.vault.settle()


def page(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """As many accounts from `start` on as fit one frame."""
    start = _start(key, arguments)
    entries: "list[dict[str, str | int]]" = []
    room = FRAME - _PAGE_FRAME
    index = start
    while index < len(key.vault):
        told = entry(_readable(key, index))
        room -= Length(told).bytes + 1
        if room < 0 and entries:
            break
        entries.append(told)
        index += 1
    return {"accounts": entries, "next": index, "total": len(key.vault)}


def rename(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Give an account another issuer and label."""
    index = key.find(arguments)
    account = key.vault.account(index)
    account.issuer = str(arguments["issuer"])
    account.label = str(arguments["label"])
    if USER_PART in account.recipe:
        _require_typable(key, account, account.code(0))
    key.vault.replace(index, account)
    key.accounts_changed()
    return {}


def recipe(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Have the press type something else around the account's code."""
    index = key.find(arguments)
    account = key.vault.account(index)
    account.recipe = str(arguments["recipe"])
    account.check()
    _require_typable(key, account, account.code(0))
    key.vault.replace(index, account)
    key.accounts_changed()
    return {}


def types_label(key: "Key", arguments: "dict[str, str | int]") -> bool:
    """Whether a press would type the label, which is free text. Raises Refusal (not_found, storage)."""
    recipe = arguments.get("recipe")
    if recipe is None:
        recipe = key.vault.account(key.find(arguments)).recipe
    return USER_PART in str(recipe)


def move(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Put an account at another place in the order."""
    position = int(arguments["position"])
    index = key.find(arguments)
    if position >= len(key.vault):
        raise Refusal(OUT_OF_RANGE, "position")
    key.vault.move(index, position)
    return {}


def choose(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Let this be the account whose codes are typed."""
    key.vault.choose(key.find(arguments))
    key.accounts_changed()
    return {}


def remove(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Forget an account for good."""
    key.vault.remove(key.find(arguments))
    key.accounts_changed()
    return {}


def code(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """The account's code now. One by counter is used up by that."""
    account = key.vault.account(key.find(arguments))
    if account.timed:
        require_time(key)
    time = key.timekeeper.time(key.platform.ticks())
    code = account.code(account.step(time))
    if not account.timed:
        key.count(account)
        key.accounts_changed()
    key.used(account.identifier, key.platform.ticks())
    return {"code": code, "time": time}


def uses(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """How often the account's code was given, and when last."""
    count, last = key.uses.of(key.vault.identifier(key.find(arguments)))
    return {"count": count, "last": last}


def export(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """One account, sealed under a key that the host derived; the hold that allowed it covers the rest.

    To ask for the one after the last says that the others have become a backup, read back and whole.
    """
    start = _start(key, arguments)
    derived = str(arguments["derived"])
    sealed = b""
    if start < len(key.vault):
        sealed = key.vault.export(start, from_hex(derived))
    elif start and export_allowed(key, arguments):
        trusted = key.timekeeper.state == TRUSTED
        key.vault.note_backup(key.timekeeper.time(key.platform.ticks()) if trusted else key.vault.floor)
    key.export_for = derived
    return {
        "sealed": b2a_base64(sealed).decode().strip(),
        "next": min(start + 1, len(key.vault)),
        "total": len(key.vault),
    }


def backup(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """When the last backup was made, and whether it is still of these accounts."""
    time, changed = key.vault.backup
    return {"time": time, "changed": int(changed)}


def export_allowed(key: "Key", arguments: "dict[str, str | int]") -> bool:
    """Whether a hold has allowed an export under this key since the port was opened."""
    return key.export_for == arguments["derived"]


def _start(key: "Key", arguments: "dict[str, str | int]") -> int:
    """The place to start from."""
    start = int(arguments["start"])
    if start > len(key.vault):
        raise Refusal(OUT_OF_RANGE, "start")
    return start


def _readable(key: "Key", index: int) -> Account:
    """The account, or one that stands for it where flash has lost it, so that the others can be told."""
    try:
        return key.vault.account(index)
    except Refusal:
        return Account(key.vault.identifier(index), "", UNREADABLE, b"")


def entry(account: Account) -> "dict[str, str | int]":
    """What `list` tells of an account."""
    return {
        "account": account.name,
        "issuer": account.issuer,
        "label": account.label,
        "algorithm": account.algorithm,
        "digits": account.digits,
        "period": account.period,
        "type": account.kind,
        "counter": account.counter,
        "recipe": account.recipe,
    }


def _require_typable(key: "Key", account: Account, code: str) -> None:
    """Raise Refusal (cannot_type, out_of_range) for what a press could not type as the key is set up now.

    All codes of an account have the same characters to choose from; a label is as long as it is.
    """
    every = STEAM_LETTERS if account.kind == STEAM else code
    found = written(account, every, key.vault.manner)
    if found is None:
        raise Refusal(CANNOT_TYPE, "recipe" if USER_PART in account.recipe else "type")
    if len(found) > 2 * TYPED:
        raise Refusal(OUT_OF_RANGE, "recipe")


def _new_identifier(key: "Key") -> int:
    while True:
        identifier = int.from_bytes(os.urandom(4), "big")
        if key.vault.index(identifier) < 0:
            return identifier
