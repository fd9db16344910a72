"""Exit codes and the display of errors."""

from __future__ import annotations

from totpkey import errors
from totpkey.cli.output import fail, say
from totpkey_protocol.errors import (
    CALM,
    NO_ELEMENT,
    NOT_AGREED,
    NOT_FOUND,
    PRESS_TIMEOUT,
    TOO_EARLY,
    TOO_MANY_TRIES,
    WRONG_PASSPHRASE,
    WRONG_PIN,
)

OK = 0
ERROR = 1
USAGE = 2
NO_KEY = 3
LOCKED = 4
NO_PRESS = 5
NOT_ONE_ACCOUNT = 6
PARTIAL = 7
INTERRUPTED = 130

_BY_KIND: dict[type[errors.TotpkeyError], int] = {
    errors.Unreadable: USAGE,
    errors.InvalidBackup: USAGE,
    errors.InvalidSheets: USAGE,
    errors.NoSuchRecipe: USAGE,
    errors.WrongFilePassword: LOCKED,
    errors.DoneInPart: PARTIAL,
    errors.InvalidLock: USAGE,
    errors.PortMissing: NO_KEY,
    errors.NoAnswer: NO_KEY,
    errors.NoKey: NO_KEY,
    errors.SeveralKeys: NO_KEY,
    errors.NoBoard: NO_KEY,
    errors.InvalidManifest: USAGE,
    errors.UnfitRelease: USAGE,
    errors.KeyLocked: LOCKED,
    errors.NotOneAccount: NOT_ONE_ACCOUNT,
}
_BY_REFUSAL = {
    PRESS_TIMEOUT: NO_PRESS,
    NOT_AGREED: NO_PRESS,
    CALM: NO_PRESS,
    NOT_FOUND: NOT_ONE_ACCOUNT,
    WRONG_PIN: LOCKED,
    WRONG_PASSPHRASE: LOCKED,
    TOO_MANY_TRIES: LOCKED,
    TOO_EARLY: LOCKED,
    NO_ELEMENT: LOCKED,
}


def exit_code(error: errors.TotpkeyError) -> int:
    """Return the exit code for an error."""
    if isinstance(error, errors.KeyRefused):
        return _BY_REFUSAL.get(error.code, ERROR)
    return _BY_KIND.get(type(error), ERROR)


def report(error: errors.TotpkeyError) -> int:
    """Print cause and remedy on standard error. Return the exit code."""
    fail(error.cause)
    if error.remedy:
        say(error.remedy)
    return exit_code(error)
