"""Commands for backups. They send secrets to the host, sealed under a key that the host derived."""

from totpkey_protocol.words import EVERYTHING, TRUSTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..request import Request, Steps


def export(request: "Request") -> "Steps":
    """One account, sealed under a key that the host derived; the touch that allowed it covers the rest.

    A request for the account after the last reports that the backup is complete and was read back.
    """
    key = request.key
    start = request.start()
    allowed = key.grants.export_for == request.text("derived")
    if not allowed:
        yield EVERYTHING
    sealed: "str | memoryview" = ""
    if start < len(key.vault):
        sealed = key.vault.export(start, request.data("derived"))
    elif start and allowed:
        trusted = key.timekeeper.state == TRUSTED
        key.vault.note_backup(key.timekeeper.time(key.platform.ticks()) if trusted else key.vault.floor)
    key.grants.export_for = request.text("derived")
    return {
        "sealed": sealed,
        "next": min(start + 1, len(key.vault)),
        "total": len(key.vault),
    }


def backup(request: "Request") -> "dict[str, object]":
    """When the last backup was made, and whether the accounts have changed since."""
    key = request.key
    time, changed = key.vault.backup
    return {"time": time, "changed": int(changed)}
