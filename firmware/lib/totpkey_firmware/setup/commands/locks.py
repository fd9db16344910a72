"""Commands about what opens the key."""

from totpkey_protocol.words import SLOTS

from .hex import from_hex, to_hex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..setup_key import SetupKey as Key


def init(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Make the vault, open to whoever holds the key until a lock is set."""
    key.vault.create(bool(arguments["export"]))
    key.accounts_changed()
    return {}


def slots(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """What opens the key, how many wrong PINs are left, and when the next is taken."""
    reply: "dict[str, object]" = {kind: int(key.vault.has(kind)) for kind in SLOTS}
    reply["tries"] = key.vault.tries_left
    reply["wait"] = (key.vault.wait_ms(key.platform.ticks()) + 999) // 1000
    reply["export"] = int(key.vault.export_allowed)
    return reply


def passphrase(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """How to derive the passphrase's key (Argon2id, RFC 9106)."""
    salt, memory, passes, lanes = key.vault.passphrase()
    return {"salt": to_hex(salt), "memory": memory, "passes": passes, "lanes": lanes}


def set_pin(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Set or change the PIN; from now on the key locks."""
    key.vault.set_pin(str(arguments["pin"]))
    return {}


def set_passphrase(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Set or change the passphrase; from now on the key locks."""
    key.vault.set_passphrase(
        from_hex(str(arguments["derived"])),
        from_hex(str(arguments["salt"])),
        int(arguments["memory"]),
        int(arguments["passes"]),
        int(arguments["lanes"]),
    )
    return {}


def remove_slot(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Take a lock away; after the last one whoever holds the key can type again."""
    key.vault.remove_slot(str(arguments["slot"]))
    return {}


def unlock_pin(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Open the key with its PIN. A wrong one costs a try."""
    key.vault.unlock_pin(str(arguments["pin"]), key.platform.ticks())
    key.accounts_changed()
    return {}


def unlock_passphrase(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Open the key with what the host derived from the passphrase."""
    key.vault.unlock_derived(from_hex(str(arguments["derived"])))
    key.accounts_changed()
    return {}


def lock(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Lock the key now."""
    key.vault.lock()
    key.accounts_changed()
    return {}


def locking(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """When the key locks itself."""
    return {"idle": key.vault.idle, "suspend": int(key.vault.suspend)}


def set_locking(key: "Key", arguments: "dict[str, str | int]", asked: int) -> "dict[str, object]":
    """Set when the key locks itself."""
    key.vault.set_locking(int(arguments["idle"]), bool(arguments["suspend"]))
    return {}
