"""Commands for backups. They send secrets to the host, sealed under a key that the host derived."""

from totpkey_protocol.words import EVERYTHING, TRUSTED

from ...crypto.siv import equal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..request import Request, Steps


def export(request: "Request") -> "Steps":
    """One account, sealed under a key that the host derived; the touch that allowed it covers the rest.
    Accounts with an end are left out.

    A request for the account after the last reports that the backup is complete and was read back.
    """
    key = request.key
    start = request.start()
    derived = request.data("derived")
    allowed = equal(key.grants.export_for, derived)
    if not allowed:
        yield EVERYTHING
    sealed: "str | memoryview" = ""
    index = start
    while index < len(key.vault) and key.vault.account(index).end:
        # A backup would give it back without its end.
        index += 1
    if index < len(key.vault):
        sealed = key.vault.export(index, derived)
    elif start == index and start and allowed:
        trusted = key.timekeeper.state == TRUSTED
        key.vault.note_backup(
            key.timekeeper.time(key.platform.ticks()) if trusted else key.vault.settings.floor
        )
    key.grants.export_for = derived
    return {
        "sealed": sealed,
        "next": min(index + 1, len(key.vault)),
        "total": len(key.vault),
    }


def backup(request: "Request") -> "dict[str, object]":
    """When the last backup was made, and whether the accounts have changed since."""
    key = request.key
    time, changed = key.vault.backup
    return {"time": time, "changed": int(changed)}
