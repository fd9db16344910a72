"""States in which a key refuses commands, and the remedies."""

from __future__ import annotations

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey_protocol import limits
from totpkey_protocol.words import BLANK, BLOCKED, LOCKED


def refusal(state: str) -> errors.TotpkeyError | None:
    """Return the error for a key in that state, or None for an unlocked one."""
    if state == LOCKED:
        return errors.KeyLocked(
            tr("The key is locked."), tr("Run `totpkey unlock`, then this command again.")
        )
    if state == BLOCKED:
        return errors.KeyLocked(
            tr("The PIN was entered wrong {tries} times and is erased.", tries=limits.TRIES),
            tr(
                "If the key has a passphrase, `totpkey unlock` opens it. Otherwise nothing does: erase"
                " the key with `totpkey wipe`, then restore a backup, or set the accounts up again at"
                " the sites."
            ),
        )
    if state == BLANK:
        return errors.KeyNotReady(
            tr("The key is not set up yet."),
            tr("Run `totpkey init`, which asks whether you want a lock, or `totpkey add`."),
        )
    return None


def require_ready(state: str) -> None:
    """Raise KeyLocked. A blank key is initialised by its first account, or its card."""
    if state != BLANK:
        require_open(state)


def require_open(state: str) -> None:
    """Raise KeyLocked or KeyNotReady for any state but open, before the user has to enter anything."""
    problem = refusal(state)
    if problem:
        raise problem
