"""What a gesture at the key's button allows, in words. Command and page say the same: they take it from here.

A request has its words, whatever asked for it; none has another's.
"""

from __future__ import annotations

from collections.abc import Mapping

from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey_protocol import limits

_LOCK = _("To remove the lock.")
_UNLOCK = _("To unlock the key.")
#: Command of the protocol -> what it does. `{name}` is the account's name, `{count}` is in the request.
WORDS = {
    "set_time": _(
        "The key learns from this setting how fast its clock runs, or the new time differs from its own by"
        " more than that explains. If the two differ by minutes, agree only if you know why, for example"
        " after a new battery."
    ),
    "set_limit": _("To change how far off its clock may be before the key types nothing."),
    "time_from_codes": _("To set the clock by the codes of {name}."),
    "add": _(
        "To save {name}. The key asks when an account types more than digits, or when many were added without"
        " a gesture."
    ),
    "batch": _("To add accounts: {count}."),
    "rename": _("To rename {name}. Then names, order and choice need no gesture for {minutes} minutes."),
    "move": _("To move {name}. Then names, order and choice need no gesture for {minutes} minutes."),
    "choose": _("To choose {name}. Then names, order and choice need no gesture for {minutes} minutes."),
    "recipe": _("To change what a press types for {name}."),
    "remove": _("To remove {name} for good."),
    "set_end": _("To change until when {name} gives codes."),
    "make_card": _("To make this key's card."),
    "lend": _("To lend {name}."),
    "loan_back": _("To note that a loan was taken back."),
    "accept": _("To borrow what is in this file."),
    "code": _("To show a code of {name} on this computer."),
    "init": _("To switch backups off for good. Nobody can ever turn them on again."),
    "set_pin": _("To set the PIN."),
    "set_passphrase": _("To set the passphrase."),
    "remove_slot": _LOCK,
    "unlock_pin": _UNLOCK,
    "unlock_passphrase": _UNLOCK,
    "set_locking": _("To change when the key locks itself."),
    "set_typing": _("To change how the key types."),
    "sample": _("To have the key type a sample."),
    "export": _("To make an encrypted backup of all your accounts."),
    "clone_send": _("To copy all its accounts to the other key."),
    "clone_receive": _("To take an account from the other key."),
    "update": _("To replace the key's firmware."),
    "wipe": _("To erase everything on this key."),
}
#: The value for a brace that no request fills.
MINUTES = limits.CHANGES_LAST // 60


def said(command: str, arguments: Mapping[str, object], names: Mapping[str, str]) -> str:
    """Return the words for a request with these arguments. `names` are those of the key's accounts, by id."""
    account = str(arguments.get("account", ""))
    new = filter(None, (arguments.get("issuer"), arguments.get("label")))
    name = names.get(account, account) or ":".join(map(str, new))
    return tr(WORDS[command], name=name, count=arguments.get("count", 0), minutes=MINUTES)
