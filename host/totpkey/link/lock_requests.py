"""The requests about what opens a key."""

from __future__ import annotations

from totpkey.link.conversation import REWRITE_WAIT, Conversation, random
from totpkey.link.replies import Element, Locking, Slots
from totpkey.locks.passphrase import Parameters
from totpkey_protocol import limits


class LockRequests(Conversation):
    """A method for each command."""

    def init(self, export: bool = True) -> None:
        """Initialise a blank key without a lock. Without `export`, its accounts can never leave it; that
        waits for a touch.
        """
        self._ask("init", export=int(export), random=random())

    def slots(self) -> Slots:
        """What opens the key."""
        reply = self._ask("slots")
        tries, wait = reply.pop("tries"), reply.pop("wait")
        return Slots(tries=tries, wait=wait, **{name: bool(value) for name, value in reply.items()})

    def element(self) -> Element:
        """What the secure element says of itself. Raises NotGenuine for what cannot be certificates."""
        # It needs the package cryptography, which would slow the start of every command.
        from totpkey.locks import certificates

        reply = self._ask("element", block=0)
        store, key = bytes.fromhex(reply["certificates"]), bytes.fromhex(reply["key"])
        for block in range(1, -(-certificates.length(store) // limits.CERTIFICATE_BLOCK)):
            if block < limits.CERTIFICATE_BLOCKS:
                store += bytes.fromhex(self._ask("element", block=block)["certificates"])
        return Element(store, key)

    def passphrase(self) -> Parameters:
        """The parameters for deriving the passphrase's key: see `totpkey.locks.passphrase.derive`."""
        reply = self._ask("passphrase")
        return Parameters(bytes.fromhex(reply.pop("salt")), **reply)

    def set_pin(self, pin: str) -> bool:
        """Set or change the PIN (decimal digits), after a touch. It locks the key from then on.

        Like `set_passphrase` and `remove_slot`, returns whether the accounts get a new data key: then no
        older copy of the key's flash opens them as they are from now on.
        """
        return bool(self._ask("set_pin", REWRITE_WAIT, pin=pin)["renewed"])

    def set_passphrase(self, derived: bytes, salt: bytes, memory: int, passes: int, lanes: int) -> bool:
        """Set or change the passphrase, after a touch. It locks the key from then on.

        `derived` is its Argon2id with the other four, which are `totpkey.locks.passphrase.Parameters`.
        """
        reply = self._ask(
            "set_passphrase",
            REWRITE_WAIT,
            derived=derived.hex(),
            salt=salt.hex(),
            memory=memory,
            passes=passes,
            lanes=lanes,
        )
        return bool(reply["renewed"])

    def remove_slot(self, slot: str) -> bool:
        """Remove the PIN or passphrase, after a touch. Without either, the key does not lock."""
        return bool(self._ask("remove_slot", REWRITE_WAIT, slot=slot)["renewed"])

    def unlock_pin(self, pin: str) -> None:
        """Open the key, after a touch. A wrong PIN uses up one try."""
        self._ask("unlock_pin", pin=pin)

    def unlock_passphrase(self, derived: bytes) -> None:
        """Open the key by what is derived from its passphrase, after a touch."""
        self._ask("unlock_passphrase", derived=derived.hex())

    def lock(self) -> None:
        """Lock the key."""
        self._ask("lock")

    def locking(self) -> Locking:
        """When the key locks itself."""
        reply = self._ask("locking")
        return Locking(reply["idle"], bool(reply["suspend"]))

    def set_locking(self, locking: Locking) -> None:
        """Set when the key locks itself."""
        self._ask("set_locking", idle=locking.idle, suspend=int(locking.suspend))
