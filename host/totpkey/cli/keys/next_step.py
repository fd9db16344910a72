"""The output of `totpkey` without a command: what to do next, depending on the connected key's state."""

from __future__ import annotations

from totpkey import errors
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.output import say
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.replies import Hello
from totpkey_protocol.words import BLANK, BLOCKED, LOCKED, TRUSTED

_LOCKED = _("The key is locked. Unlock it: `totpkey unlock`.")
_BLOCKED = _(
    "The PIN was entered wrong too often and is erased. If the key has a passphrase, run `totpkey unlock"
    " --passphrase`. Otherwise erase the key with `totpkey wipe`, then restore a backup."
)
_CLOCK = _("The key needs the time. Set its clock: `totpkey time sync`.")
_EMPTY = _("The key has no accounts yet. Add the first one: `totpkey enroll`.")
_READY = _(
    "The key is ready. Accounts on it: {count}.\n"
    "Add another one: `totpkey enroll`. Save a backup: `totpkey backup FILE`. Finished: `totpkey done`."
)
_NO_KEY = _(
    "totpkey sets up a USB key that types your sign-in codes.\n"
    "{cause} {remedy}\n"
    "No key yet? `totpkey demo` shows one at work; `totpkey install` makes one of a board."
)
_ALL = _("All commands: `totpkey --help`.")


def next_step(hello: Hello) -> str:
    """Return the most urgent step, in the reader's language."""
    if hello.state == LOCKED:
        return tr(_LOCKED)
    if hello.state == BLOCKED:
        return tr(_BLOCKED)
    if hello.clock != TRUSTED:
        return tr(_CLOCK)
    if hello.state == BLANK or not hello.accounts:
        return tr(_EMPTY)
    return tr(_READY, count=hello.accounts)


def tell_next_step(selection: Selection) -> None:
    """Look at the key and print the next step; without a key, what this is. Raise NoKey for a chosen key."""
    try:
        with connected(selection) as connection:
            say(next_step(connection.hello))
    except errors.NoKey as missing:
        if selection != Selection():
            raise
        say(tr(_NO_KEY, cause=missing.cause, remedy=missing.remedy))
    say(tr(_ALL))
