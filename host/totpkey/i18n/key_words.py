"""What the key says, in words: its error codes, and what a gesture at its button allows.

Command and page say the same of a gesture: they take it from here. A request has its words, whatever asked
for it; none has another's.
"""

from __future__ import annotations

from collections.abc import Mapping

from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey_protocol import errors, limits, words

_UPDATE = _("Update the command and the key's firmware to the same version.")
_AGAIN = _(
    "Run the command again; if it happens again, unplug the key, plug it in and hold its button for 3 s."
)

#: Error code -> (cause, remedy). `{field}` is the wrong field, in the protocol's words.
TABLE: dict[str, tuple[str, str]] = {
    errors.FRAME_TOO_LONG: (_("The request is longer than {frame} bytes."), _("Choose a shorter name.")),
    errors.BAD_UTF8: (_("The key received bytes that are not UTF-8."), _AGAIN),
    errors.BAD_JSON: (_("The key received a damaged request."), _AGAIN),
    errors.REPEATED_FIELD: (_("The key received a request with a field twice."), _AGAIN),
    errors.BAD_ID: (_("The key received a request without a valid number."), _AGAIN),
    errors.UNKNOWN_COMMAND: (_("The key does not know this command."), _UPDATE),
    errors.UNKNOWN_FIELD: (_("The key does not know a field of this request."), _UPDATE),
    errors.MISSING_FIELD: (_("The request lacks the field “{field}”."), _UPDATE),
    errors.BAD_TYPE: (_("The field “{field}” is of the wrong kind."), _UPDATE),
    errors.OUT_OF_RANGE: (
        _("The {field} is too short, too long, too small or too large."),
        _(
            "Names have 1 to {name} characters, secrets up to {secret} bytes, codes {digits_least} to"
            " {digits_most} digits, periods {period_least} to {period_most} s; times lie between 2026 and"
            " 2099."
        ),
    ),
    errors.BAD_VALUE: (
        _("The {field} has a value that the key cannot take."),
        _("Check it for control characters and for misspelt words."),
    ),
    errors.NOT_ALLOWED: (
        _("The key does not allow this in its present state."),
        _(
            "`totpkey info` shows the state. A new key needs `totpkey init` or `totpkey add` first, a"
            " locked one `totpkey unlock`."
        ),
    ),
    errors.BUSY: (
        _(
            "Another program asked the key for something at the same time, or the locked key took a touch for"
            " its PIN. The key has done nothing."
        ),
        _(
            "Touch the button now only to finish a PIN. Try again after 15 s; on a locked key a gesture"
            " begins with a hold. If that does not help, close other programs that use the key, or unplug it."
        ),
    ),
    errors.PRESS_TIMEOUT: (
        _("The button was not pressed within {wait} s."),
        _("Run the command again and touch the key's button when asked."),
    ),
    errors.NOT_AGREED: (
        _("Not agreed: the button was pressed in another way, or too early. The key has done nothing."),
        _("Wait for {calm} s, then run the command again and press as it says."),
    ),
    errors.CALM: (
        _("The button was pressed in another way a moment ago, so the key takes no gesture yet."),
        _("Leave the button alone for {calm} s, then run the command again and press as it says."),
    ),
    errors.NO_SESSION: (
        _("Another program has begun to use the key. The key has done nothing."),
        _(
            "Do not touch the button now. Close other programs that use the key, then run the command again."
            " If you know of no other program, unplug the key."
        ),
    ),
    errors.NOT_FOUND: (_("The key has no such account."), _("`totpkey list` shows what it has.")),
    errors.FULL: (
        _("The key has no room for another account."),
        _("Remove one that you no longer need with `totpkey remove`."),
    ),
    errors.WRONG_PIN: (
        _("The PIN is wrong."),
        _("Try again when you are sure: the tries are counted, and the last wrong one erases the PIN."),
    ),
    errors.WRONG_PASSPHRASE: (
        _("The passphrase is wrong."),
        _("Check the keyboard's layout and Caps Lock, then run `totpkey unlock --passphrase` again."),
    ),
    errors.TOO_MANY_TRIES: (
        _("After {tries} wrong PINs the key takes no more until it is unplugged."),
        _("Unplug it, plug it in, hold its button for 3 s and try again when you are sure of the PIN."),
    ),
    errors.TOO_EARLY: (
        _("After a wrong PIN the key waits before it takes another, each time twice as long."),
        _("Wait a minute, then run the command again. This one did not cost you a try."),
    ),
    errors.NO_SUCH_SLOT: (
        _("The key has no such PIN or passphrase."),
        _("`totpkey info` shows what opens it; `totpkey pin set` and `totpkey passphrase set` add one."),
    ),
    errors.NO_ELEMENT: (
        _("The key's secure element checks this PIN, and does so only when it is entered with the button."),
        _(
            "Unplug the key, plug it in, hold its button for 3 s and enter the PIN with the button. The"
            " passphrase opens the key here: `totpkey unlock --passphrase`."
        ),
    ),
    errors.EXPORT_OFF: (
        _("This key never exports accounts: that was switched off for good when it was set up."),
        _("Add the accounts to another key with the secrets that the sites show."),
    ),
    errors.BAD_UPDATE: (
        _(
            "The new firmware did not arrive complete, or this key was installed in a way that cannot be"
            " updated."
        ),
        _(
            "Run `totpkey update` again: the key still has the firmware it had. docs/guide/install.md has"
            " other ways."
        ),
    ),
    errors.CANNOT_TYPE: (
        _("With its present settings the key cannot type one of these characters (field “{field}”)."),
        _(
            "Letters need the keyboard layout of your computer: `totpkey calibrate` finds it, or name it"
            " with `totpkey typing set --layout`. A user name may only have characters that the layout has"
            " keys for."
        ),
    ),
    errors.END_REACHED: (
        _("The account is lent, and gives no code now: its end has come, or it is another hour."),
        _("`totpkey list` shows its end. Its owner renews it with `totpkey lease`."),
    ),
    errors.FILE_USED: (
        _("The key has accepted this file before."),
        _("A file opens once, on one key. Ask its sender for a new one."),
    ),
    errors.CLOCK_NOT_SET: (
        _("The key's clock has lost its time."),
        _("Run `totpkey time sync`; if it is lost again after unplugging, change the clock's battery."),
    ),
    errors.CLOCK_DOUBTFUL: (
        _(
            "The key's clock was not set yet, may be too far off by now, or was set back and has not"
            " caught up yet."
        ),
        _("Run `totpkey time sync`; after that, wait for a moment."),
    ),
    errors.CLOCK_MISSING: (
        _("The key finds no clock that it knows."),
        _("Check the wires between the board and its clock chip, then plug the key in again."),
    ),
    errors.NO_SUCH_CODES: (
        _("The account shows no such codes, one after the other, within a day (10 minutes for SHA-512)."),
        _(
            "Check that both authenticators have the same account, type two codes that follow each other, and"
            ' tell about what time it is: `--around "2027-03-01 14:30"`.'
        ),
    ),
    errors.STORAGE: (
        _("The key could not store or read this; the rest of what it holds is kept."),
        _(
            "Unplug the key, hold its button for 3 s and try again. If `totpkey list` shows an account as"
            " {unreadable}, remove it by its ID (`totpkey remove ID`) and restore it from a backup."
        ),
    ),
    errors.INTERNAL: (_("The key's firmware failed and restarts."), _AGAIN),
}
#: The same for an error about a certain field, where that says more.
OF_FIELD: dict[tuple[str, str], tuple[str, str]] = {
    (errors.NOT_FOUND, "card"): (
        _("The key has no card yet."),
        _("Make one with `totpkey card --make`, and send it to whoever lends you an account."),
    ),
    (errors.FULL, "card"): (
        _("The key has borrowed {borrowed} accounts with its card, and remembers no more."),
        _("Make a new card with `totpkey card --make`, and have the file made again for it."),
    ),
    (errors.FULL, "loans"): (
        _("The key's book has no room for another loan, because all in it run."),
        _("Note which were taken back: `totpkey loans` shows them, `totpkey loans --back NUMBER` notes it."),
    ),
    (errors.NOT_FOUND, "loan"): (
        _("The key's book has no loan of that number."),
        _("`totpkey loans` shows what it has."),
    ),
    (errors.NOT_ALLOWED, "account"): (
        _("The account has an end: it is lent or borrowed, and cannot be handed on."),
        _("Only who lent it can renew its end: with `totpkey lend`, or with `totpkey lease` on this key."),
    ),
    (errors.BAD_VALUE, "account"): (
        _("The account's codes go by a counter, which two keys cannot share."),
        _("Have the site make an account of its own for the other person, or give them the key itself."),
    ),
    (errors.BAD_VALUE, "card"): (
        _("No key has made this card."),
        _("Ask for the card again, and compare its digits with its owner's."),
    ),
    (errors.BAD_VALUE, "sealed"): (
        _("The file is damaged, or was made for another key or another card."),
        _("Have it made again for this key's card, which `totpkey card` shows."),
    ),
    **dict.fromkeys(
        ((errors.OUT_OF_RANGE, field) for field in ("name", "lender", "receiver")),
        (
            _("The name of a card, or of a lender, has 1 to {lender} characters."),
            _("Choose a shorter name."),
        ),
    ),
    (errors.OUT_OF_RANGE, "end"): (
        _("The end is no moment to come."),
        _("Choose a date in the future, and before 2100."),
    ),
    (errors.FILE_USED, "account"): (
        _("The file is too old: the key has had a newer one for this account."),
        _("Use the newest, or ask its sender for another."),
    ),
    (errors.END_REACHED, "sealed"): (
        _("The file came too late: the account's end has come."),
        _("Ask its sender for a new file."),
    ),
}
#: The values for braces in these texts.
VALUES = {
    "frame": limits.FRAME,
    "name": limits.NAME,
    "secret": limits.SECRET,
    "borrowed": limits.BORROWED,
    "lender": limits.LENDER,
    "digits_least": limits.DIGITS_LEAST,
    "digits_most": limits.DIGITS_MOST,
    "period_least": limits.PERIOD_LEAST,
    "period_most": limits.PERIOD_MOST,
    "wait": limits.PRESS_WAIT,
    "calm": limits.CALM,
    "tries": limits.TRIES_A_POWER_UP,
    "unreadable": words.UNREADABLE,
}


def explain(code: str, field: str = "") -> tuple[str, str]:
    """Cause and remedy for an error code. For an unknown one, the code itself."""
    if code not in TABLE:
        return tr("The key refused with an unknown error ({code}).", code=repr(code)), tr(_UPDATE)
    cause, remedy = OF_FIELD.get((code, field), TABLE[code])
    return tr(cause, field=field or "request", **VALUES), tr(remedy, **VALUES)


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
