"""The key in its setup face: what it stores can be changed."""

from totpkey_protocol.errors import NOT_FOUND, Refusal

# The unused ones are loaded here at once, while memory is whole: as they come, CircuitPython's table of names
# grows by 8 kB, 5 of them in one piece, and after a few changes setup may have no such piece left.
from .. import restart_notes
from ..clock import search  # noqa: F401
from ..key import Key
from ..panel import unlocking  # noqa: F401
from ..platform import Platform, restart
from ..store import page_writer, usage_log  # noqa: F401
from ..store.pool import open_pool
from ..vault import changes, locks  # noqa: F401
from ..vault.vault import Vault
from . import firmware_slots  # noqa: F401

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..vault.settings import Manner
    from .commands.cloning import Clone
    from .firmware_slots import Update


class SetupKey(Key):
    """One key in its setup face, until it leaves it."""

    vault: Vault

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        #: Why the time that is asked for wants a hold of the button, "" where it does not.
        self.time_reason = ""
        #: How many more accounts the batch may bring that a press has let in.
        self.batch = 0
        #: Set to leave setup as soon as the reply in hand is out.
        self.leaving = False
        #: The derived key, in hexadecimal, under which a hold has allowed to export.
        self.export_for = ""
        #: This key's part in a clone.
        self.clone: "Clone | None" = None
        #: New firmware on its way, and the slot that the next start is to try.
        self.update: "Update | None" = None
        self.trial = ""
        #: For how long the button has been down, in ms.
        self.held = 0

    def come_back(self) -> None:
        """Come up again in the everyday face, as open as now; or in setup to try new firmware."""
        if self.trial:
            restart_notes.note_trial(self.trial)
            restart(restart_notes.SETUP)
        super().come_back()

    def find(self, arguments: "dict[str, str | int]") -> int:
        """Where the account stands that a command names. Raises Refusal (not_found)."""
        index = self.vault.index(int(str(arguments["account"]), 16))
        if index < 0:
            raise Refusal(NOT_FOUND, "account")
        return index

    def sample(self, text: "bytes", manner: "Manner", now: int) -> bool:
        """Type this, in that manner, in place of a code; whether it begins."""
        self.ahead.forget()
        self._typist.load(text, manner)
        return self._typist.type(now)

    def _make_vault(self, now: int) -> Vault:
        vault = Vault(open_pool(), restart_notes, now)
        # Should the chip's random generator fail, no two keys shall be alike even so.
        vault.stir(self.platform.uid.encode())
        return vault
