"""The key's error codes in words for people: what happened, then what to do about it."""

from __future__ import annotations

from totpkey_protocol import errors, limits

_UPDATE = "Update the host command and the key's firmware to the same version."
_AGAIN = "Run the command again; if it comes back, unplug the key and hold its button for 3 s."

#: Error code -> (cause, remedy). `{field}` is the field to blame, in the protocol's words.
TABLE: dict[str, tuple[str, str]] = {
    errors.FRAME_TOO_LONG: (f"The request is longer than {limits.FRAME} bytes.", "Choose a shorter name."),
    errors.BAD_UTF8: ("The key received bytes that are not UTF-8.", _AGAIN),
    errors.BAD_JSON: ("The key received a damaged request.", _AGAIN),
    errors.REPEATED_FIELD: ("The key received a request with a field twice.", _AGAIN),
    errors.BAD_ID: ("The key received a request without a valid number.", _AGAIN),
    errors.UNKNOWN_COMMAND: ("The key does not know this command.", _UPDATE),
    errors.UNKNOWN_FIELD: ("The key does not know a field of this request.", _UPDATE),
    errors.MISSING_FIELD: ("The request lacks the field “{field}”.", _UPDATE),
    errors.BAD_TYPE: ("The field “{field}” is of the wrong kind.", _UPDATE),
    errors.OUT_OF_RANGE: (
        "The {field} is too short, too long, too small or too large.",
        f"Names have 1 to {limits.NAME} characters, secrets up to {limits.SECRET} bytes, codes"
        f" {limits.DIGITS_LEAST} to {limits.DIGITS_MOST} digits, periods {limits.PERIOD_LEAST} to"
        f" {limits.PERIOD_MOST} s; times lie between 2026 and 2099.",
    ),
    errors.BAD_VALUE: (
        "The {field} has a value that the key cannot take.",
        "Check it for control characters and for misspelt words.",
    ),
    errors.NOT_ALLOWED: (
        "The key does not allow this in its present state.",
        "`totpkey info` shows the state. A blank key wants `totpkey init` or `totpkey add` first, a locked"
        " one `totpkey unlock`.",
    ),
    errors.BUSY: (
        "The key is busy with another request.",
        "Finish that one first: press the button, or wait until the key gives up waiting.",
    ),
    errors.PRESS_TIMEOUT: (
        f"The button was not pressed, or not held long enough, within {limits.PRESS_WAIT} s.",
        "Run the command again and touch the key's button when asked.",
    ),
    errors.NOT_FOUND: ("The key has no such account.", "`totpkey list` shows what it has."),
    errors.FULL: (
        "The key has no room for another account.",
        "Remove one that you no longer need with `totpkey remove`.",
    ),
    errors.WRONG_PIN: (
        "The PIN is wrong.",
        "Try again when you are sure: the tries are counted, and the last wrong one destroys the PIN.",
    ),
    errors.WRONG_PASSPHRASE: (
        "The passphrase is wrong.",
        "Check the keyboard's layout and Caps Lock, then run `totpkey unlock --passphrase` again.",
    ),
    errors.TOO_MANY_TRIES: (
        f"After {limits.TRIES_A_POWER_UP} wrong PINs the key takes no more until it is unplugged.",
        "Unplug it, plug it in, hold its button for 3 s and try again when you are sure of the PIN.",
    ),
    errors.TOO_EARLY: (
        "After a wrong PIN the key waits before it takes another, each time twice as long.",
        "Wait for a minute, then run the command again; this one cost no try.",
    ),
    errors.NO_SUCH_SLOT: (
        "The key has no PIN or passphrase that this could be about.",
        "`totpkey info` shows what opens it; `totpkey pin set` and `totpkey passphrase set` add one.",
    ),
    errors.EXPORT_OFF: (
        "This key never exports accounts: that was switched off for good when it was set up.",
        "Add the accounts to another key with the secrets that the sites show.",
    ),
    errors.BAD_UPDATE: (
        "The new firmware did not arrive whole, or this key was installed in a way that cannot be updated.",
        "Run `totpkey update` again: the key still has the firmware it had. docs/install.md has other ways.",
    ),
    errors.CANNOT_TYPE: (
        "As it is set up, the key has no keystroke for some character of this (field “{field}”).",
        "Letters need the keyboard layout of your computer: `totpkey calibrate` finds it, or name it with"
        " `totpkey typing set --layout`. A user name may only have characters that the layout has keys for.",
    ),
    errors.CLOCK_NOT_SET: (
        "The key's clock has lost its time.",
        "Run `totpkey time sync`; if it is lost again after unplugging, change the clock's battery.",
    ),
    errors.CLOCK_DOUBTFUL: (
        "The key's clock may be too far off by now, or was set back and has not caught up yet.",
        "Run `totpkey time sync`; after that, wait for a moment.",
    ),
    errors.CLOCK_MISSING: (
        "The key finds no clock that it knows.",
        "Check the wires between the board and its clock chip, then plug the key in again.",
    ),
    errors.NO_SUCH_CODES: (
        "The account shows no such codes, one after the other, within a day of this time.",
        "Check that both authenticators have the same account, and type two codes that follow each other.",
    ),
    errors.STORAGE: (
        "The key could not store this; what it held before is kept.",
        "Unplug the key, hold its button for 3 s and try again.",
    ),
    errors.INTERNAL: ("The key's firmware failed and restarts.", _AGAIN),
}


def explain(code: str, field: str = "") -> tuple[str, str]:
    """Cause and remedy for an error code; for one that this version does not know, the code itself."""
    if code not in TABLE:
        return f"The key refused with an unknown error ({code!r}).", _UPDATE
    cause, remedy = TABLE[code]
    return cause.format(field=field or "request"), remedy
