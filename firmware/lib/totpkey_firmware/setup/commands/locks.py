"""Commands about the locks of the key."""

from totpkey_protocol.errors import NO_ELEMENT, Refusal
from totpkey_protocol.fields import to_hex
from totpkey_protocol.words import ACCESS, SLOTS

from ...heap import forget

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...spi import Wire
    from ..request import Request, Steps
    from ..setup_key import SetupKey as Key

#: The modules that are loaded to read a secure element's certificates.
_OF_ELEMENT = (
    "totpkey_firmware.setup.element",
    "totpkey_firmware.element.link",
    "totpkey_firmware.vault.bank_page",
)
#: Those that find it.
_FINDS = ("totpkey_protocol.element_pins", "totpkey_firmware.spi", "totpkey_firmware.element.glance")


def init(request: "Request") -> "Steps":
    """Create the vault. Anyone who holds the key can use it until a lock is set.

    A person must agree before exports are switched off, because this is permanent.
    """
    key = request.key
    if not request.number("export"):
        yield ACCESS
    key.vault.entropy.reseed(request.data("random"))
    key.vault.create(bool(request.number("export")))
    key.accounts_changed()
    return {}


def slots(request: "Request") -> "dict[str, object]":
    """Which locks open the key, how many wrong PINs are left, and when the next PIN is accepted."""
    key = request.key
    reply: "dict[str, object]" = {kind: int(key.vault.has(kind)) for kind in SLOTS}
    reply["tries"] = key.vault.locks.tries_left
    reply["wait"] = (key.vault.locks.wait_ms(key.platform.ticks()) + 999) // 1000
    reply["export"] = int(key.vault.locks.export_allowed)
    wire = _find_element(key)
    reply["element"] = int(wire is not None)
    if wire:
        wire.deinit()
    reply["with_element"] = int(key.vault.with_element)
    return reply


def _find_element(key: "Key") -> "Wire | None":
    """The wire to a secure element, None if none answers. Most keys have none, and need its memory."""
    from ...element.glance import answers

    wire = key.platform.element_wire()
    if wire is not None and not answers(wire):
        wire.deinit()
        wire = None
    forget(_FINDS)
    return wire


def element(request: "Request") -> "dict[str, object]":
    """A block of the secure element's certificates, and the public key of the element that the PIN needs."""
    key = request.key
    wire = _find_element(key)
    if wire is None:
        raise Refusal(NO_ELEMENT)
    try:
        from .. import element as told

        certificates = told.certificates(wire, request.number("block"))
        return {"certificates": to_hex(certificates), "key": to_hex(told.key_of(key.vault))}
    finally:
        wire.deinit()
        forget(_OF_ELEMENT + _FINDS)


def passphrase(request: "Request") -> "dict[str, object]":
    """The parameters for deriving the passphrase's key (Argon2id, RFC 9106)."""
    key = request.key
    salt, memory, passes, lanes = key.vault.locks.passphrase()
    return {"salt": to_hex(salt), "memory": memory, "passes": passes, "lanes": lanes}


def set_pin(request: "Request") -> "Steps":
    """Set or change the PIN. From now on the key locks."""
    key = request.key
    yield ACCESS
    _settle(key)
    return {"renewed": int(key.vault.set_pin(request.text("pin")))}


def set_passphrase(request: "Request") -> "Steps":
    """Set or change the passphrase. From now on the key locks."""
    key = request.key
    yield ACCESS
    _settle(key)
    renewed = key.vault.set_passphrase(
        request.data("derived"),
        request.data("salt"),
        request.number("memory"),
        request.number("passes"),
        request.number("lanes"),
    )
    return {"renewed": int(renewed)}


def remove_slot(request: "Request") -> "Steps":
    """Remove a lock. After the last one is removed, anyone who holds the key can type again."""
    key = request.key
    yield ACCESS
    _settle(key)
    return {"renewed": int(key.vault.remove_slot(request.text("slot")))}


def _settle(key: "Key") -> None:
    """Count the marks of codes, which are proved under the data key that may end now."""
    log = key.everyday.usage_log
    if log.end:
        log.count()


def unlock_pin(request: "Request") -> "Steps":
    """Open the key with its PIN. A wrong one costs a try."""
    key = request.key
    yield ACCESS
    key.vault.unlock_pin(request.text("pin"), key.platform.ticks())
    key.accounts_changed()
    return {}


def unlock_passphrase(request: "Request") -> "Steps":
    """Open the key with the value that the host derived from the passphrase."""
    key = request.key
    yield ACCESS
    key.vault.unlock_derived(request.data("derived"))
    key.accounts_changed()
    return {}


def lock(request: "Request") -> "dict[str, object]":
    """Lock the key now."""
    key = request.key
    key.grants.end()
    key.vault.lock()
    key.accounts_changed()
    return {}


def locking(request: "Request") -> "dict[str, object]":
    """When the key locks itself."""
    settings = request.key.vault.settings
    return {"idle": settings.idle, "suspend": int(settings.suspend)}


def set_locking(request: "Request") -> "Steps":
    """Set when the key locks itself."""
    key = request.key
    yield ACCESS
    key.vault.set_locking(request.number("idle"), bool(request.number("suspend")))
    return {}
