"""Commands about accounts. None of them returns a secret."""

from totpkey_protocol.commands import STEAM_LETTERS
from totpkey_protocol.errors import CANNOT_TYPE, END_REACHED, OUT_OF_RANGE, STORAGE, Refusal
from totpkey_protocol.fields import to_hex
from totpkey_protocol.frames import Length
from totpkey_protocol.journal import TOLD
from totpkey_protocol.limits import FRAME, TYPED
from totpkey_protocol.record import END_SIZE, STORED_END_SIZE
from totpkey_protocol.words import BLANK, CHANGE, CODE_PART, SLOW_PART, STEAM, UNREADABLE, USE, USER_PART

from ...accounts import Account
from ...heap import collect, forget
from ...keyboard.keystrokes import recipe_keystrokes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..request import Request, Steps
    from ..setup_key import SetupKey as Key

#: The characters of a typed user name besides letters and digits. No shell command consists of them.
_NAME = b"@._+-"
#: The length of a reply to `list` without its entries: braces, names, four numbers and the tag.
_PAGE_FRAME = 148
_SHA512 = ("totpkey_firmware.crypto.sha512",)


def add(request: "Request") -> "Steps":
    """Store an account, read it back, and return its code for the given moment as a proof."""
    account = _new(request)
    if wants_touch(request.key, account):
        yield CHANGE
    code = store(request.key, account, request.number("proof"))
    request.key.grants.brought = account.identifier
    return {"account": account.name, "sealed": request.key.channel.cover(code)}


def _new(request: "Request") -> Account:
    return Account(
        0,
        request.text("issuer"),
        request.text("label"),
        request.data("secret"),
        request.text("algorithm"),
        request.number("digits"),
        request.number("period"),
        request.text("type"),
        request.number("counter"),
        request.text("recipe"),
    )


def store(key: "Key", account: Account, proof: int) -> str:
    """Store a new account under a new identifier. Returns its code for Unix time `proof`. Raises Refusal.

    On a blank key, create the vault first, so that the first account needs no other set-up.
    """
    account.check()
    code = _code(account, proof)
    _require_typable(key, account)
    if key.vault.state == BLANK:
        key.vault.create(True)
    account.identifier = key.vault.new_identifier()
    stored = key.vault.account(key.vault.changes.add(account))
    if stored.__dict__ != account.__dict__:
        # Compare all parts instead of a second code, because SHA-512 takes too long.
        raise Refusal(STORAGE)
    if len(key.vault) < 3:
        # The first one is typed, and with the second a press chooses. Later ones change nothing about that.
        key.accounts_changed()
    if key.grants.batch:
        key.grants.use_batch()
    else:
        key.grants.use_change()
    return code


def wants_touch(key: "Key", account: Account) -> bool:
    """Whether a person has to agree to this new account: it types more than digits, or the accounts that need
    no touch are used up.

    Refuses an account that cannot be stored before anyone is asked. Raises Refusal (cannot_type, bad_value,
    out_of_range).
    """
    if _types_more(account.recipe, account.kind):
        account.check()
        _require_typable(key, account)
        return True
    return not key.grants.batch and key.grants.used_up


def _types_more(recipe: str, kind: str) -> bool:
    """Whether a press types anything but digits."""
    return kind == STEAM or recipe.replace(CODE_PART, "").replace(SLOW_PART, "") != ""


def batch(request: "Request") -> "Steps":
    """Allow that many accounts with one touch. They are written to flash in groups."""
    key = request.key
    yield CHANGE
    key.vault.entropy.reseed(request.data("random"))
    if key.vault.state == BLANK:
        key.vault.create(True)
    key.grants.begin_batch(request.number("count"))
    return {}


def page(request: "Request") -> "dict[str, object]":
    """As many accounts from `start` on as fit into one frame."""
    key = request.key
    start = request.start()
    entries: "list[dict[str, str | int]]" = []
    room = FRAME - _PAGE_FRAME
    index = start
    while index < len(key.vault):
        account = _readable(key, index)
        told = entry(account)
        if account.end:
            told["end"], told["over"] = to_hex(account.end[:END_SIZE]), over(key, account)
            if len(account.end) > STORED_END_SIZE:
                told["lender"] = str(account.end[STORED_END_SIZE:], "utf-8")
        room -= Length(told).bytes + 1
        if room < 0 and entries:
            break
        entries.append(told)
        index += 1
    chosen = key.vault.chosen if len(key.vault) else 0
    return {"accounts": entries, "next": index, "total": len(key.vault), "chosen": chosen}


def rename(request: "Request") -> "Steps":
    """Give an account another issuer and label."""
    key = request.key
    index = request.account()
    if not key.grants.changes or USER_PART in key.vault.account(index).recipe:
        yield CHANGE
    account = key.vault.account(index)
    account.issuer = request.text("issuer")
    account.label = request.text("label")
    if USER_PART in account.recipe:
        _require_typable(key, account)
    key.vault.replace(index, account)
    key.accounts_changed()
    return {}


def recipe(request: "Request") -> "Steps":
    """Change what a press types with the account's code."""
    key = request.key
    index = request.account()
    if _types_more(request.text("recipe"), key.vault.account(index).kind) or key.grants.used_up:
        yield CHANGE
    account = key.vault.account(index)
    account.recipe = request.text("recipe")
    account.check()
    _require_typable(key, account)
    key.vault.replace(index, account)
    key.grants.use_change()
    key.accounts_changed()
    return {}


def move(request: "Request") -> "Steps":
    """Move an account to another place in the order."""
    key = request.key
    position = request.number("position")
    index = request.account()
    if position >= len(key.vault):
        raise Refusal(OUT_OF_RANGE, "position")
    if not key.grants.changes:
        yield CHANGE
    key.vault.changes.move(index, position)
    return {}


def choose(request: "Request") -> "Steps":
    """Choose the account whose codes are typed, like a hold of the button.

    The account that this program added last needs no touch, because the program knows its codes.
    """
    key = request.key
    index = request.account()
    if not key.grants.changes and key.vault.identifier(index) != key.grants.brought:
        yield CHANGE
    key.vault.choose(index)
    key.accounts_changed()
    if key.presses.chooses:
        key.presses.tell_chosen()
    return {}


def remove(request: "Request") -> "Steps":
    """Forget an account for good."""
    key = request.key
    index = request.account()
    yield CHANGE
    key.vault.remove(index)
    key.accounts_changed()
    return {}


def code(request: "Request") -> "Steps":
    """The account's present code. This uses up a code by counter."""
    key = request.key
    index = request.account()
    _require_code(request, key.vault.account(index))
    yield USE
    account = key.vault.account(index)
    _require_code(request, account)
    code = "" if account.timed else _code(account, 0)
    if account.counted:
        key.vault.count(account)
        key.accounts_changed()
    # What was written to flash has taken time.
    time = key.timekeeper.code_time(key.platform.ticks()) if key.timekeeper.running else 0
    code = code or _code(account, time)
    key.everyday.used(account.identifier, key.platform.ticks(), TOLD)
    return {"sealed": key.channel.cover(code), "time": time}


def _require_code(request: "Request", account: Account) -> None:
    """Raise Refusal if the account gives no code now, whatever gesture is made."""
    if account.timed:
        request.require_time()
    if over(request.key, account):
        raise Refusal(END_REACHED, "account")


def _code(account: Account, time: int) -> str:
    """The account's code for Unix time `time`."""
    code = account.code(account.step(time))
    if account.algorithm == "SHA512":
        # Beside it there may be no room for what follows.
        forget(_SHA512)
        collect()
    return code


def over(key: "Key", account: Account) -> str:
    """Why the account gives no code, by its end: one of `words.OVER`."""
    if not account.end:
        return ""
    from ...ends import Ends

    return Ends(account, key.vault).over(key.timekeeper, key.platform.ticks())


def uses(request: "Request") -> "dict[str, object]":
    """How often the account's code was given, and when it was given last."""
    key = request.key
    count, last = key.everyday.usage_log.of(key.vault.identifier(request.account()))
    return {"count": count, "last": last}


def _readable(key: "Key", index: int) -> Account:
    """The account, or a placeholder if flash has lost it, so that the others can still be listed."""
    try:
        return key.vault.account(index)
    except Refusal:
        return Account(key.vault.identifier(index), "", UNREADABLE, b"")


def entry(account: Account) -> "dict[str, str | int]":
    """The entry of an account in the reply to `list`."""
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


def _require_typable(key: "Key", account: Account) -> None:
    """Raise Refusal (cannot_type, out_of_range) if a press could not type the account with these settings.

    Settings that cannot type every digit are refused. So digits alone are typable, and one stands for all.
    """
    if not account.recipe and account.kind != STEAM:
        return
    every = STEAM_LETTERS if account.kind == STEAM else "0" * account.digits
    if USER_PART in account.recipe and not _is_name(account.label):
        raise Refusal(CANNOT_TYPE, "recipe")
    found = recipe_keystrokes(account.recipe, account.label, every, key.vault.typing_settings)
    if found is None:
        raise Refusal(CANNOT_TYPE, "recipe" if USER_PART in account.recipe else "type")
    if len(found) > 2 * TYPED:
        raise Refusal(OUT_OF_RANGE, "recipe")


def _is_name(text: str) -> bool:
    return all(48 <= byte <= 57 or 65 <= byte & 0xDF <= 90 or byte in _NAME for byte in text.encode())
