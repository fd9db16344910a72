"""What a touch of the button has allowed beyond the command that asked for it, and when that ends.

Everything ends when the key locks or is wiped, when the program closes the port, and when nothing was asked
for in a minute. A batch ends with its last account too, and with the first other command.
"""

from totpkey_protocol.errors import Refusal
from totpkey_protocol.limits import CHANGES_LAST, FREE_CHANGES

from ..heap import forget
from ..ticks import since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..vault.vault import Vault
    from .clone import Clone
    from .firmware_slots import Update

#: What a clone needs, in the order in which it can be forgotten.
_OF_CLONE = (
    "totpkey_firmware.setup.commands.cloning",
    "totpkey_firmware.setup.clone",
    "totpkey_firmware.crypto.x25519",
)


class Grants:
    """The grants of one key in setup."""

    def __init__(self, vault: "Vault") -> None:
        self._vault = vault
        #: How many more accounts may come by the press that let a batch in.
        self.batch = 0
        #: The derived key, in hexadecimal, under which accounts may be exported; "" for none.
        self.export_for = ""
        #: This key's part in a clone: a hold lets it send.
        self.clone: "Clone | None" = None
        #: New firmware on its way, which a hold has let in.
        self.update: "Update | None" = None
        #: Whether a press has let small changes in, when in ticks, and how many may come without one.
        self.changes = False
        self._changes_at = 0
        self.free = FREE_CHANGES
        #: The account whose secret this program has brought last, by its identifier; -1 for none.
        self.brought = -1

    def begin_changes(self, now: int) -> None:
        """Somebody has agreed to a change: small ones want no touch for a while."""
        self.changes, self._changes_at, self.free = True, now, FREE_CHANGES

    @property
    def used_up(self) -> bool:
        """Whether a person has to agree to one change more, however small."""
        return not self.changes and not self.free

    def use_change(self) -> None:
        """An account came, or types something else, with no touch of its own."""
        if not self.changes and self.free:
            self.free -= 1

    def turn(self, now: int) -> None:
        """Let time end what it ends."""
        if self.changes and since(self._changes_at, now) >= 1000 * CHANGES_LAST:
            self.changes = False

    def begin_batch(self, count: int) -> None:
        """Let that many accounts in. They are written to flash in groups."""
        self._vault.gather()
        self.batch = count

    def use_batch(self) -> None:
        """One account was stored."""
        if self.batch == 1:
            self.end_batch()
        elif self.batch:
            self.batch -= 1

    def end_batch(self) -> None:
        """Write what a batch has gathered; from now on each account is written at once.

        Raises Refusal (storage).
        """
        if self.batch:
            self.batch = 0
            self._vault.settle()

    def end_clone(self) -> None:
        """Forget the keys of a clone."""
        if self.clone:
            self.clone.forget()
        self.clone = None

    def end(self) -> None:
        """End them all. What a batch could not write is lost: `list` shows what was stored."""
        self.update = None
        self.export_for = ""
        self.changes = False
        self.brought = -1
        self.end_clone()
        # Few keys are cloned, and all have a use for that memory.
        forget(_OF_CLONE)
        try:
            self.end_batch()
        except Refusal:
            pass
