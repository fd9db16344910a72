"""Commands about accounts. None of them gives a secret."""

from totpkey_protocol.commands import STEAM_LETTERS
from totpkey_protocol.errors import CANNOT_TYPE, OUT_OF_RANGE, STORAGE, Refusal
from totpkey_protocol.frames import Length
from totpkey_protocol.limits import FRAME, TYPED
from totpkey_protocol.words import BLANK, CHANGE, CODE_PART, SLOW_PART, STEAM, UNREADABLE, USE, USER_PART

from ...accounts import Account
from ...keyboard.keystrokes import account_keystrokes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..request import Request, Steps
    from ..setup_key import SetupKey as Key

#: What a user name that is typed has beside letters and digits: no shell and no script is made of that.
_NAME = b"@._+-"
#: What a reply to `list` takes beside its entries: braces, names and four numbers.
_PAGE_FRAME = 116


def add(request: "Request") -> "Steps":
    """Store an account, read it back, and prove it by its code for the moment that was named."""
    account = _new(request)
    if wants_touch(request.key, account):
        yield CHANGE
    code = store(request.key, account, request.number("proof"))
    request.key.grants.brought = account.identifier
    return {"account": account.name, "sealed": request.key.program.seal(code)}


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
    """Store a new account, which is given its identifier; its code for Unix time `proof`. Raises Refusal.

    A blank key is made ready first: the first account needs no other set-up.
    """
    account.check()
    code = account.code(account.step(proof))
    _require_typable(key, account, code)
    if key.state == BLANK:
        key.vault.create(True)
    account.identifier = key.vault.new_identifier()
    stored = key.vault.account(key.vault.add(account))
    if stored.pack() != account.pack():
        # What was read back is what the code was computed from: SHA-512 takes too long to do it twice.
        raise Refusal(STORAGE)
    if len(key.vault) == 1:
        # Another one comes last, and changes nothing about the one that is typed.
        key.accounts_changed()
    if key.grants.batch:
        key.grants.use_batch()
    else:
        key.grants.use_change()
    return code


def wants_touch(key: "Key", account: Account) -> bool:
    """Whether a person has to agree to this new account: it types more than digits, or a few have come
    without a touch already. Nobody is asked about one that cannot be stored.

    Raises Refusal (cannot_type, bad_value, out_of_range).
    """
    if _types_more(account.recipe, account.kind):
        account.check()
        _require_typable(key, account, "0" * account.digits)
        return True
    return not key.grants.batch and key.grants.used_up


def _types_more(recipe: str, kind: str) -> bool:
    """Whether a press types anything but digits."""
    return kind == STEAM or recipe.replace(CODE_PART, "").replace(SLOW_PART, "") != ""


def batch(request: "Request") -> "Steps":
    """Let that many accounts in by one touch. They come to flash in groups."""
    key = request.key
    yield CHANGE
    key.vault.reseed(request.data("random"))
    if key.state == BLANK:
        key.vault.create(True)
    key.grants.begin_batch(request.number("count"))
    return {}


def page(request: "Request") -> "dict[str, object]":
    """As many accounts from `start` on as fit one frame."""
    key = request.key
    start = first(request)
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
        _require_typable(key, account, account.code(0))
    key.vault.replace(index, account)
    key.accounts_changed()
    return {}


def recipe(request: "Request") -> "Steps":
    """Have the press type something else around the account's code."""
    key = request.key
    index = request.account()
    if _types_more(request.text("recipe"), key.vault.account(index).kind) or key.grants.used_up:
        yield CHANGE
    account = key.vault.account(index)
    account.recipe = request.text("recipe")
    account.check()
    _require_typable(key, account, account.code(0))
    key.vault.replace(index, account)
    key.grants.use_change()
    key.accounts_changed()
    return {}


def move(request: "Request") -> "Steps":
    """Put an account at another place in the order."""
    key = request.key
    position = request.number("position")
    index = request.account()
    if position >= len(key.vault):
        raise Refusal(OUT_OF_RANGE, "position")
    if not key.grants.changes:
        yield CHANGE
    key.vault.move(index, position)
    return {}


def choose(request: "Request") -> "Steps":
    """Let this be the account whose codes are typed, as a hold of the button does.

    For the one that came last no touch is wanted: the program that brought it knows its codes.
    """
    key = request.key
    index = request.account()
    if not key.grants.changes and key.vault.identifier(index) != key.grants.brought:
        yield CHANGE
    key.vault.choose(index)
    key.accounts_changed()
    if key.chooses:
        key.tell_chosen()
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
    """The account's code now. One by counter is used up by that."""
    key = request.key
    index = request.account()
    yield USE
    account = key.vault.account(index)
    if account.timed:
        from .clock import require_time

        require_time(key)
    time = key.timekeeper.time(key.platform.ticks())
    code = account.code(account.step(time))
    if not account.timed:
        key.count(account)
        key.accounts_changed()
    key.used(account.identifier, key.platform.ticks())
    return {"sealed": key.program.seal(code), "time": time}


def uses(request: "Request") -> "dict[str, object]":
    """How often the account's code was given, and when last."""
    key = request.key
    count, last = key.usage_log.of(key.vault.identifier(request.account()))
    return {"count": count, "last": last}


def first(request: "Request") -> int:
    """The place to start from. Raises Refusal (out_of_range)."""
    key = request.key
    start = request.number("start")
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
    if USER_PART in account.recipe and not _is_name(account.label):
        raise Refusal(CANNOT_TYPE, "recipe")
    found = account_keystrokes(account, every, key.vault.typing_settings)
    if found is None:
        raise Refusal(CANNOT_TYPE, "recipe" if USER_PART in account.recipe else "type")
    if len(found) > 2 * TYPED:
        raise Refusal(OUT_OF_RANGE, "recipe")


def _is_name(text: str) -> bool:
    return all(48 <= byte <= 57 or 65 <= byte & 0xDF <= 90 or byte in _NAME for byte in text.encode())
