"""What a touch of the button has allowed beyond the command that asked for it, and when that ends.

All grants end when the key locks or is wiped, when the program closes the port, and after a minute without a
request. A batch also ends with its last account, and with the first other command.
"""

from totpkey_protocol.errors import Refusal
from totpkey_protocol.limits import CHANGES_LAST, FREE_CHANGES

from ..crypto.siv import wipe
from ..ticks import since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..vault.keeper import Keeper
    from .firmware_slots import Update


class Clone:
    """One key's part in one clone: its key pair, and the secret that it shares with the other key.

    The functions are in `clone`. A class there would keep it loaded, which is 2 kB of setup's heap.
    """

    def __init__(self, private: bytearray, public: bytes) -> None:
        self.private = private
        self.public = public
        #: The other key's public key, once the two have agreed; and whether this key sends.
        self.peer = b""
        self.sends = False
        self.sealing = bytearray()

    def forget(self) -> None:
        """Wipe the keys. Nothing more can be sent or received."""
        wipe(self.private)
        wipe(self.sealing)
        self.private, self.peer = bytearray(), b""


class Grants:
    """The grants of one key in setup."""

    def __init__(self, vault: "Keeper") -> None:
        self._vault = vault
        #: How many more accounts the press for a batch still allows.
        self.batch = 0
        #: The derived key under which accounts may be exported; empty for none.
        self.export_for = b""
        #: This key's part in a clone. It may send once a person has agreed.
        self.clone: "Clone | None" = None
        #: An update that a person has agreed to, while its bytes arrive.
        self.update: "Update | None" = None
        #: Whether a press has allowed small changes, when in ticks, and how many are allowed without one.
        self.changes = False
        self._changes_at = 0
        self.free = FREE_CHANGES
        #: The identifier of the account that this program added last; -1 for none.
        self.brought = -1
        #: What the owner of an end must answer; empty for none.
        self.challenge = b""

    def begin_changes(self, now: int) -> None:
        """A change was confirmed: small ones need no press for a while."""
        self.changes, self._changes_at, self.free = True, now, FREE_CHANGES

    @property
    def used_up(self) -> bool:
        """Whether the next change needs a person's consent, however small it is."""
        return not self.changes and not self.free

    def use_change(self) -> None:
        """Count a new account or a new recipe that had no touch of its own."""
        if not self.changes and self.free:
            self.free -= 1

    def turn(self, now: int) -> None:
        """Expire grants."""
        if self.changes and since(self._changes_at, now) >= 1000 * CHANGES_LAST:
            self.changes = False

    def begin_batch(self, count: int) -> None:
        """Allow that many accounts. They are written to flash in groups."""
        self._vault.changes.gather()
        self.batch = count

    def use_batch(self) -> None:
        """Count one stored account."""
        if self.batch == 1:
            self.end_batch()
        elif self.batch:
            self.batch -= 1

    def end_batch(self) -> None:
        """Write the gathered accounts of a batch. From now on each account is written at once.

        Raises Refusal (storage).
        """
        if self.batch:
            self.batch = 0
            self._vault.settle()

    def take_challenge(self) -> bytes:
        """The challenge for an owner, which is used up."""
        challenge, self.challenge = self.challenge, b""
        return challenge

    def end_clone(self) -> None:
        """Forget the keys of a clone."""
        if self.clone:
            self.clone.forget()
        self.clone = None

    def end(self) -> None:
        """End all grants. Accounts that a batch cannot write are lost: `list` shows what was stored."""
        self.update = None
        self.export_for = b""
        self.changes = False
        self.brought = -1
        self.challenge = b""
        self.end_clone()
        try:
            self.end_batch()
        except Refusal:
            pass
