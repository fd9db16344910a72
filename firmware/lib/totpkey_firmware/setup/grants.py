"""What a touch of the button has allowed beyond the command that asked for it, and when that ends.

Everything ends when the program closes the port. Exports and clones end too when the key locks, and a batch
with its last account, with the first other command, or when nothing has come for a while.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..vault.vault import Vault
    from .clone import Clone
    from .firmware_slots import Update


class Grants:
    """The grants of one key in setup."""

    def __init__(self, vault: "Vault") -> None:
        self._vault = vault
        #: How many more accounts may come by the press that let a batch in.
        self.batch = 0
        #: The derived key, in hexadecimal, under which accounts may be exported; "" for none.
        self.export_for = ""
        #: This key's part in a clone: a hold lets it send, a press lets accounts in that type their label.
        self.clone: "Clone | None" = None
        #: New firmware on its way, which a hold has let in.
        self.update: "Update | None" = None

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

    def locked(self) -> None:
        """The key has locked itself: end what is for an open key alone."""
        self.export_for = ""
        self.end_clone()

    def end(self) -> None:
        """The program is gone. Raises Refusal (storage), when all has ended."""
        self.update = None
        self.locked()
        self.end_batch()
