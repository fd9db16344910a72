"""The requests about what opens a key."""

from __future__ import annotations

from totpkey.link.conversation import Conversation, random
from totpkey.link.replies import Locking, Slots
from totpkey.locks.passphrase import Parameters


class LockRequests(Conversation):
    """A method for each command."""

    def init(self, export: bool = True) -> None:
        """Make a blank key ready; whoever holds it can type.

        Without `export` accounts never leave it, for which the button is held.
        """
        self._ask("init", export=int(export), random=random())

    def slots(self) -> Slots:
        """What opens the key."""
        told = self._ask("slots")
        tries, wait = told.pop("tries"), told.pop("wait")
        return Slots(tries=tries, wait=wait, **{name: bool(value) for name, value in told.items()})

    def passphrase(self) -> Parameters:
        """What the key's passphrase is derived with: see `totpkey.locks.passphrase.derive`."""
        told = self._ask("passphrase")
        return Parameters(bytes.fromhex(told.pop("salt")), **told)

    def set_pin(self, pin: str) -> None:
        """Set or change the PIN (decimal digits), after a hold. From then on the key locks."""
        self._ask("set_pin", pin=pin)

    def set_passphrase(self, derived: bytes, salt: bytes, memory: int, passes: int, lanes: int) -> None:
        """Set or change the passphrase, after a hold. From then on the key locks.

        `derived` is what Argon2id makes of it with the other four: `totpkey.locks.passphrase.Parameters`.
        """
        self._ask(
            "set_passphrase",
            derived=derived.hex(),
            salt=salt.hex(),
            memory=memory,
            passes=passes,
            lanes=lanes,
        )

    def remove_slot(self, slot: str) -> None:
        """Remove the PIN or passphrase, after a hold. With the last of them gone the key locks no more."""
        self._ask("remove_slot", slot=slot)

    def unlock_pin(self, pin: str) -> None:
        """Open the key, after a hold. A wrong PIN costs one of the tries."""
        self._ask("unlock_pin", pin=pin)

    def unlock_passphrase(self, derived: bytes) -> None:
        """Open the key with the key derived from its passphrase, after a hold."""
        self._ask("unlock_passphrase", derived=derived.hex())

    def lock(self) -> None:
        """Lock the key."""
        self._ask("lock")

    def locking(self) -> Locking:
        """When the key locks itself."""
        told = self._ask("locking")
        return Locking(told["idle"], bool(told["suspend"]))

    def set_locking(self, locking: Locking) -> None:
        """Set when the key locks itself."""
        self._ask("set_locking", idle=locking.idle, suspend=int(locking.suspend))
