"""Key slots, which open the vault. Each slot wraps the data key under its own key, as in LUKS.

So a lock can be added or removed without touching the accounts.
"""

import struct

from totpkey_protocol.errors import NO_SUCH_SLOT, Refusal
from totpkey_protocol.words import DEVICE, PASSPHRASE, PIN

from ..crypto.kdf import expand, pbkdf2
from ..crypto.siv import KEY, TAG, BadSeal, open_sealed, seal, wipe
from ..heap import make_room
from ..store.format import BANKS, SLOTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..store.pool import Pool

#: PBKDF2 iterations for a new PIN: about a second on the chip.
ITERATIONS = 2100

#: A kind's number is its place here, from 1 on. A PIN with a secure element has the next number.
_KINDS = (DEVICE, PIN, PASSPHRASE)
_WITH_ELEMENT = 4
_VERSION = 1
_EXPORT, _RENEWING = 1, 2
#: The highest accepted cost of a PIN, in iterations (about three seconds), and of a passphrase, in KiB.
_COST_MOST, _MEMORY_MOST = 6000, 1 << 30
#: What an older data key is sealed for.
_OLDER = b"totpkey older data key"
#: version, flags, check of the data key.
_HEAD = "<BB16s"
_HEAD_SIZE = 18
#: kind, salt, and the cost of the derivation: iterations or KiB, passes, lanes. The wrapped key follows.
#: With an element, its bank replaces the passes.
_SLOT = "<B16sIHB"
_SLOT_SIZE = 24
_WRAPPED = TAG + KEY


class Slot:
    """One way to open the vault. Its `secret` is 32 bytes that are derived from the PIN or the passphrase.

    The device slot opens for anyone who holds the key, so its secret is its own salt. With a secure element
    the secret has 64 bytes: the result of PBKDF2 for the PIN, and what the element gives for it.
    """

    def __init__(
        self, kind: str, salt: "bytes | bytearray", cost: int = 0, passes: int = 0, lanes: int = 0
    ) -> None:
        self.kind = kind
        self.salt = bytes(salt)
        self.cost = cost
        self.passes = passes
        self.lanes = lanes
        #: The bank of the secure element for this slot, -1 for none.
        self.bank = -1
        self.wrapped: "bytes | bytearray" = b""

    def derive(self, pin: str) -> bytes:
        """Derive a secret from a PIN with PBKDF2, in about a second."""
        _filled = make_room()
        return pbkdf2(pin.encode(), self.salt, self.cost)

    def wrap(self, secret: bytes, data_key: bytearray, export: bool) -> None:
        """Wrap the data key under `secret`."""
        key = self._expand(secret)
        self.wrapped = seal(key, (_settled(export), self.head()), data_key)
        wipe(key)

    def unwrap(self, secret: bytes, export: bool) -> bytearray:
        """The data key. Raises BadSeal if the secret is wrong."""
        key = self._expand(secret)
        try:
            return open_sealed(key, (_settled(export), self.head()), self.wrapped)
        finally:
            wipe(key)

    def head(self) -> bytes:
        """The fields before the wrapped key."""
        kind, passes = _KINDS.index(self.kind) + 1, self.passes
        if self.bank >= 0:
            kind, passes = _WITH_ELEMENT, self.bank
        return struct.pack(_SLOT, kind, self.salt, self.cost, passes, self.lanes)

    def _expand(self, secret: bytes) -> bytearray:
        kind = "element" if self.bank >= 0 else self.kind
        return expand(secret, b"totpkey slot " + kind.encode())


class Slots:
    """The slots of a vault, and whether accounts may leave it, which was decided when it was created."""

    def __init__(
        self, export: bool, check: "bytes | bytearray", slots: "list[Slot]", older: "bytes | bytearray" = b""
    ) -> None:
        self.export = export
        self._check = bytes(check)
        self.all = slots
        # While pages are being sealed under a new data key: the older one, sealed under it.
        self._older = bytes(older)

    def __len__(self) -> int:
        return len(self.all)

    def find(self, kind: str) -> "Slot | None":
        """The slot of that kind."""
        for slot in self.all:
            if slot.kind == kind:
                return slot
        return None

    def having(self, slot: Slot) -> "Slots":
        """These slots with `slot`, which replaces one of its kind. Any lock removes the device slot."""
        kept = self.without(slot.kind).without(DEVICE)
        return Slots(self.export, self._check, kept.all + [slot], self._older)

    def without(self, kind: str) -> "Slots":
        """These slots without the slot of that kind."""
        kept = [slot for slot in self.all if slot.kind != kind]
        return Slots(self.export, self._check, kept, self._older)

    def settled(self) -> "Slots":
        """These, once nothing is sealed under the older data key any more."""
        return Slots(self.export, self._check, self.all)

    def older(self, data_key: bytearray) -> bytearray:
        """The data key under which some pages may still be sealed, empty if there is none."""
        try:
            return open_sealed(data_key, (_OLDER,), self._older) if self._older else bytearray()
        except BadSeal:
            return bytearray()

    def is_right(self, data_key: bytearray) -> bool:
        """Whether this is the vault's data key."""
        try:
            open_sealed(data_key, (_settled(self.export),), self._check)
        except BadSeal:
            return False
        return True

    def pack(self) -> bytes:
        """The payload of the page."""
        flags = (_EXPORT if self.export else 0) | (_RENEWING if self._older else 0)
        packed = bytes((_VERSION, flags)) + self._check
        for slot in self.all:
            packed += slot.head() + slot.wrapped
        return packed + self._older


class Stored:
    """The slots page of the vault. Methods raise Refusal (storage), or (no_such_slot) if it has none."""

    def __init__(self, pool: "Pool") -> None:
        self._pool = pool
        payload = pool.read(SLOTS)
        self._slots = unpack(payload) if payload else None

    @property
    def slots(self) -> Slots:
        """The slots."""
        if self._slots is None:
            raise Refusal(NO_SUCH_SLOT)
        return self._slots

    def has(self, kind: str = "") -> bool:
        """Whether there is a slot of that kind, or any at all."""
        return self._slots is not None and (not kind or self._slots.find(kind) is not None)

    def slot(self, kind: str) -> Slot:
        """The slot of that kind."""
        slot = self.slots.find(kind)
        if slot is None:
            raise Refusal(NO_SUCH_SLOT)
        return slot

    @property
    def bank(self) -> int:
        """The bank of a secure element that the PIN needs, -1 for none."""
        slot = self._slots.find(PIN) if self._slots is not None else None
        return slot.bank if slot else -1

    def save(self, changed: Slots) -> None:
        """Replace the stored slots."""
        self._pool.write(SLOTS, changed.pack())
        # Read from flash again now that the garbage is gone: the objects of the change lie between it.
        self._slots = unpack(self._pool.read(SLOTS) or b"")

    def forget(self) -> None:
        """Forget the slots of a vault that was wiped."""
        self._slots = None


def new(data_key: bytearray, export: bool, older: "bytes | bytearray" = b"") -> Slots:
    """The slots of a new data key, which has none at first. `older`: the data key under which pages may still
    be sealed.
    """
    sealed = seal(data_key, (_OLDER,), older) if older else b""
    return Slots(export, seal(data_key, (_settled(export),), b""), [], sealed)


def unpack(payload: "bytes | bytearray") -> "Slots | None":
    """The slots on a page; None if this firmware cannot read it, as it is forged or of another version."""
    if len(payload) < _HEAD_SIZE:
        return None
    version, flags, check = struct.unpack(_HEAD, payload[:_HEAD_SIZE])
    end = len(payload) - (_WRAPPED if flags & _RENEWING else 0)
    slots = end - _HEAD_SIZE
    if version != _VERSION or flags & ~(_EXPORT | _RENEWING) or slots < 0 or slots % (_SLOT_SIZE + _WRAPPED):
        return None
    found: "list[Slot]" = []
    for at in range(_HEAD_SIZE, end, _SLOT_SIZE + _WRAPPED):
        wrapped_at = at + _SLOT_SIZE
        kind, salt, cost, passes, lanes = struct.unpack(_SLOT, payload[at:wrapped_at])
        if not _is_sound(kind, cost, passes, lanes):
            return None
        if kind == _WITH_ELEMENT:
            slot = Slot(PIN, salt, cost)
            slot.bank = passes
        else:
            slot = Slot(_KINDS[kind - 1], salt, cost, passes, lanes)
        slot.wrapped = payload[wrapped_at : wrapped_at + _WRAPPED]
        found.append(slot)
    return Slots(bool(flags & _EXPORT), check, found, payload[end:])


def _is_sound(kind: int, cost: int, passes: int, lanes: int) -> bool:
    """Whether some firmware may have written such a slot. A PIN with a higher cost would keep the key busy
    until its watchdog resets it.
    """
    if kind == _KINDS.index(PASSPHRASE) + 1:
        return 8 <= cost < _MEMORY_MOST and passes > 0 and lanes > 0
    if kind == _WITH_ELEMENT:
        return cost <= _COST_MOST and passes < BANKS
    return 0 < kind <= len(_KINDS) and cost <= _COST_MOST


def _settled(export: bool) -> bytes:
    """Version and flags. The slots are bound to them, so that nobody can switch exports on again."""
    return bytes((_VERSION, _EXPORT if export else 0))
